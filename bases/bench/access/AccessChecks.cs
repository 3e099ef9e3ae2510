using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace OpsDb.Bench;

/// <summary>
/// What it costs to know who is calling: a read by key with a token and by a session beside the same read that anybody may make, and a list of
/// somebody who belongs to all programmes beside the same list of somebody who sees all anyway; in turns request by request, at main.
/// </summary>
internal static class AccessChecks
{
    private const string Member = "member", Watcher = "watcher", Passphrase = "the moon over the salt flat";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.SiteAsync(ct);
        var (member, cookie) = await SignInAsync(site, ct);
        var served = await site.StartAccessAsync(ct);
        var ids = await SingleReads.NewestIdsAsync(site, ct);
        var list = $"{AccessCommand.Checked}?limit={ReadRow.Page}";
        Row[] rows =
        [
            Measure("token_check", One(AccessCommand.Checked, Bearer(site.Token)), One(AccessCommand.Open, "")),
            Measure("session_check", One(AccessCommand.Checked, $"Cookie: {cookie}\r\n"), One(AccessCommand.Open, "")),
            Measure("narrowed_list", _ => Get(list, Bearer(member)), _ => Get(list, Bearer(site.Token))),
        ];
        await ServedPrograms.StopAsync(served);
        return rows;

        Func<int, byte[]> One(string path, string header) => i => Get($"{path}/{ids[i % ids.Length]}", header);

        Row Measure(string name, Func<int, byte[]> value, Func<int, byte[]> floor)
        {
            using var asked = new HttpConnection(served.Port);
            using var without = new HttpConnection(served.Port);
            asked.Exchange(value(0));
            without.Exchange(floor(0));
            if (BodyOf(asked) != BodyOf(without))
                throw new BenchException($"{name}: the answers differ: {asked.Text} {without.Text}");
            var count = run.Scale.Gets;
            var took = Turns.ByRequest(2 * count, count,
                i => without.Exchange(floor(i)).TotalMilliseconds, i => asked.Exchange(value(i)).TotalMilliseconds);
            return new(name, Quantile.Of(took[1], 0.5), "ms", Quantile.Of(took[0], 0.5), "ratio <= 1.1", Quantile.Of(took[1], 0.99));
        }
    }

    private static string BodyOf(HttpConnection connection) => connection.Text[connection.Text.IndexOf("\r\n\r\n", StringComparison.Ordinal)..];

    private static string Bearer(string token) => $"Authorization: Bearer {token}\r\n";

    private static byte[] Get(string path, string header) => Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n");

    /// <summary>Makes a viewer who belongs to all programmes, with a token, and an observer, who sees all anyway, with a session.</summary>
    private static async Task<(string Token, string Cookie)> SignInAsync(BenchSite site, CancellationToken ct)
    {
        var main = await site.StartMainApiAsync("sign-in", ct);
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{main.Port}") };
        http.DefaultRequestHeaders.Authorization = new("Bearer", site.Token);
        var token = await site.MakeTokenAsync(Member, "viewer", ct);
        await site.MakeTokenAsync(Watcher, "observer", ct);
        var user = (await http.GetFromJsonAsync<JsonElement>($"/api/v1/users?name={Watcher}", ct)).GetProperty("items")[0].GetProperty("id").GetInt32();
        await site.MainAsync<int>(
            $"""
            insert into program_member (observing_program_id, user_name, role, version, created_at, created_by, modified_at, modified_by, transaction_id)
            select id, '{Member}', 'reader', 1, now(), 'bench', now(), 'bench', gen_random_uuid() from observing_program;
            select 1
            """, ct);
        using var set = await http.PutAsJsonAsync($"/api/v1/users/{user}/passphrase", new { passphrase = Passphrase }, ct);
        await RequireAsync(set, ct);
        http.DefaultRequestHeaders.Authorization = null;
        using var signedIn = await http.PostAsJsonAsync("/api/v1/session", new { name = Watcher, passphrase = Passphrase }, ct);
        await RequireAsync(signedIn, ct);
        await ServedPrograms.StopAsync(main);
        return (token, signedIn.Headers.GetValues("Set-Cookie").First().Split(';')[0]);
    }

    private static async Task RequireAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        if (!answer.IsSuccessStatusCode)
            throw new BenchException($"{answer.RequestMessage?.RequestUri} was refused: {await answer.Content.ReadAsStringAsync(ct)}");
    }
}
