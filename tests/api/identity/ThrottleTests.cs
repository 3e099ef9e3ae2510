using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>Whoever guesses is slowed down, at all processes of a site together, and nobody else.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class ThrottleTests(SiteType type) : SignInFixture(type)
{
    [Test]
    public async Task Who_guesses_waits_and_the_user_signs_in_from_elsewhere()
    {
        var (name, _) = await UserAsync();
        var guesses = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            SignInAsync(i % 2 == 0 ? Api : Other, IPAddress.Parse("127.0.0.66"), name, $"guess number {i} of many")));
        Assert.That(guesses.Select(g => g.Status).Distinct(), Is.EquivalentTo((int[])[401, 429]));
        Assert.That(guesses.Count(g => g.Status == 401), Is.LessThanOrEqualTo(10));
        Assert.That(guesses.Where(g => g.Status == 429), Is.All.Matches<(int Status, string? Problem, TimeSpan? Retry)>(g =>
            g.Problem == "sign-in-throttled" && g.Retry > TimeSpan.Zero));
        Assert.That((await SignInAsync(Api, IPAddress.Parse("127.0.0.7"), name, Passphrase)).Status, Is.EqualTo(200), "from another address");
        await Eventually.TrueAsync(async () => await Installation.MainAsync<bool>(
            "select exists (select from audit_entry where user_name = @name and detail->>'reason' = 'sign-in-throttled' and address = '127.0.0.66')",
            new { name }), "it is in the audit trail");
    }

    private static async Task<(int Status, string? Problem, TimeSpan? Retry)> SignInAsync(TestApi api, IPAddress from, string name, string passphrase)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseCookies = false,
            ConnectCallback = async (context, ct) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(from, 0));
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        using var answer = await http.PostAsync(new Uri(api.Address, "/api/v1/session"), TestApi.Content(new { name, passphrase }, "application/json"));
        var body = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        return ((int)answer.StatusCode, body.TryGetProperty("type", out var type) ? type.GetString()!.Split('/')[^1] : null, answer.Headers.RetryAfter?.Delta);
    }
}
