using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Hostile;

/// <summary>
/// Every operation of the API document, in every role, with everything that is wrong. Whatever comes in, the answer is a short refusal
/// that a program can read; who may not do something learns that first; and what was refused has changed nothing.
/// </summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class HostileInputTests(SiteType type) : SiteFixture(type)
{
    private const int MaxRefusal = 4096, Part = 7;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly (string Name, TestTokens? Token)[] Roles = [("none", null), ("expired", TestTokens.Expired), ("viewer", TestTokens.Viewer),
        ("observer", TestTokens.Observer), ("admin", TestTokens.Admin)];

    private readonly ConcurrentBag<(string What, string Wrong, string Input)> failures = [];
    private readonly ConcurrentDictionary<string, bool> transactions = [];
    private int acceptedInterventions;
    private TestApi api = null!;

    [Test]
    public async Task Whatever_is_sent_the_answer_is_a_short_refusal_and_nothing_has_changed()
    {
        // With patience: on a machine that has too much to do nothing is away because it is slow.
        api = SiteType == SiteType.Main ? Api : await Installation.StartSecondaryAsync(("REDIS_TIMEOUT", "20"));
        var document = (await api.GetAsync("/openapi/v1.json")).Body;
        var operations = Operation.Read(document);
        var started = await api.StartExecutionAsync(59);
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        // A site takes what main refuses; at main there is none such.
        var refused = SiteType == SiteType.Main ? started : await api.StartExecutionAsync(60);
        var registered = await RegisterAsync(started.Id);
        var known = new Dictionary<string, string>(Operation.Anything)
        {
            ["execution"] = $"{started.Id}",
            ["raw-data-files"] = registered.GetProperty("ids")[0].GetString()!,
            ["raw-data-packages"] = registered.GetProperty("package").GetString()!,
            ["transaction"] = started.Header("OpsDb-Transaction")!,
            ["refused"] = refused.Header("OpsDb-Transaction")!,
            ["site"] = Installation.SiteName,
        };
        await SettledAsync();
        var before = await CountAsync();
        var inputs = operations.SelectMany(o => HostileInputs.Of(o, known).Select(i => (Operation: o, Input: i))).ToList();
        // Who may not is told so before anything is looked at, and an observer is let in as the others are: of their requests a part is enough, another
        // one for each operation and role.
        var requests = inputs.Index().SelectMany(i => Roles.Index()
            .Where(r => Denial(i.Item.Operation, r.Item.Token) is null && r.Item.Token != TestTokens.Observer
                || !i.Item.Input.IsOfField && (i.Index + r.Index) % Part == 0)
            .Select(r => (i.Item.Operation, i.Item.Input, r.Item.Name, r.Item.Token))).ToList();
        var clock = Stopwatch.StartNew();
        var cpu = Environment.CpuUsage.TotalTime;
        var wire = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1, UseCookies = false, UseProxy = false };
        using (var http = new HttpClient(wire))
            await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 12 }, async (r, _) =>
                await TryAsync(http, r.Operation, r.Input, r.Name, r.Token));
        await TestContext.Out.WriteLineAsync($"{SiteType}: {operations.Count} operations x {inputs.Count / (double)operations.Count:0} inputs x "
            + $"{Roles.Length} roles = {requests.Count} requests in {clock.Elapsed.TotalSeconds:0.0} s "
            + $"({(Environment.CpuUsage.TotalTime - cpu).TotalSeconds:0} s of CPU), {transactions.Count} accepted writes");

        await SettledAsync();
        var after = await CountAsync();
        var wrong = failures.GroupBy(f => (f.Wrong, f.Input)).OrderBy(g => g.Key)
            .SelectMany(g => g.Select(f => $"    {f.What}").Order(StringComparer.Ordinal).Take(2).Prepend($"{g.Key.Wrong}: {g.Key.Input}: {g.Count()} times"));
        Assert.Multiple(() =>
        {
            Assert.That(failures.IsEmpty, string.Join('\n', wrong));
            Assert.That(after.Transactions - before.Transactions, Is.EqualTo(transactions.Count), "each transaction was told to somebody");
            Assert.That(after.Interventions - before.Interventions, Is.LessThanOrEqualTo(acceptedInterventions), "each intervention was told to somebody");
        });
    }

    private async Task TryAsync(HttpClient http, Operation operation, HostileInput input, string role, TestTokens? token)
    {
        var what = $"{role} {operation} with {input.Name}";
        using var limit = new CancellationTokenSource(Deadline);
        try
        {
            using var request = Request(operation, input, token);
            using var answer = await http.SendAsync(request, limit.Token);
            var body = await answer.Content.ReadAsByteArrayAsync(limit.Token);
            if (Wrong(operation, input, token, answer, body) is { } wrong)
                failures.Add(($"{what}: {(int)answer.StatusCode} {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(200, body.Length)))}", wrong, input.Name));
            if ((int)answer.StatusCode < 300 && operation.IsWrite)
                Accepted(operation, answer);
        }
        catch (OperationCanceledException)
        {
            failures.Add((what, $"no answer within {Deadline.TotalSeconds} s", input.Name));
        }
        catch (HttpRequestException e)
        {
            failures.Add(($"{what}: {e.Message}", "no answer", input.Name));
        }
    }

    /// <summary>Registers a file and its package.</summary>
    private async Task<JsonElement> RegisterAsync(Guid execution)
    {
        var instrument_module_id = await Installation.MainAsync<int>(
            "select m.id from instrument_module m join obs_unit u on u.instrument_id = m.instrument_id where u.id = 59 order by m.id limit 1");
        var site = await api.PostAsync("/api/v1/sites", new { name = "a site", short_name = "s" }, null, TestTokens.Admin);
        var site_id = site.Body.GetProperty("id").GetInt32();
        var location = await api.PostAsync("/api/v1/data-locations",
            new { site_id, name = "raw", location_type = "source", storage_type = "disk", path = "/data" }, null, TestTokens.Admin);
        var source_location_id = location.Body.GetProperty("id").GetInt32();
        await Eventually.TrueAsync(async () => SiteType == SiteType.Main
            || await Installation.ReplicaAsync<int>("select count(*) from data_location") > 0, "the site's database has the location");
        var files = new[] { new { relative_path = "a", size_bytes = 1, checksum = new string('0', 64) } };
        var registered = await api.PostAsync($"/api/v1/executions/{execution}/data",
            new { instrument_module_id, source_location_id, package = new { }, files });
        Assert.That(registered.Status, Is.EqualTo(Taken(200)), registered.ToString());
        return registered.Body;
    }

    private HttpRequestMessage Request(Operation operation, HostileInput input, TestTokens? token)
    {
        // The address goes out as it is written.
        var uri = new Uri($"{api.Address.GetLeftPart(UriPartial.Authority)}{input.Path}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new(operation.Method), uri);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Text);
        if (input.Body is not null)
        {
            request.Content = new ByteArrayContent(input.Body);
            if (input.ContentType is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", input.ContentType);
            request.Headers.ExpectContinue = input.Body.Length > 1_000_000;
        }
        foreach (var (name, value) in input.Headers ?? [])
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
        return request;
    }

    /// <summary>What is wrong with an answer; null when nothing is.</summary>
    private static string? Wrong(Operation operation, HostileInput input, TestTokens? token, HttpResponseMessage answer, byte[] body)
    {
        var status = (int)answer.StatusCode;
        // No resolver is down: there is none.
        if (status >= 500 && !(status == 503 && Problem(answer, body, status) == "name-resolver-missing"))
            return $"{status}, although nothing is down";
        // Below the API, what is no HTTP gets no body.
        if (body.Length == 0 && input.IsOfPath && status is 400 or 414)
            return null;
        if (status >= 400 && body.Length > MaxRefusal)
            return $"a refusal of more than {MaxRefusal} bytes";
        if (status >= 400 && Problem(answer, body, status) is null)
            return "a refusal that is no problem document";
        // An address that does not exist is nobody's.
        var denied = input.IsOfPath && status == 404 ? null : Denial(operation, token);
        if (denied is not null && Problem(answer, body, status) != denied)
            return $"a caller who may not is not told {denied} first";
        return denied is null && input.MustRefuse && status < 400 ? "taken, although it is wrong" : null;
    }

    private static string? Denial(Operation operation, TestTokens? token) => operation.Needed switch
    {
        [] => null,
        _ when token is null => "token-missing",
        _ when token == TestTokens.Expired => "token-expired",
        var needed => needed.All(new Principal(new("x"), token.Scopes).Allows) ? null : "permission-missing",
    };

    private static string? Problem(HttpResponseMessage answer, byte[] body, int status)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
            return null;
        var problem = JsonSerializer.Deserialize<JsonElement>(body);
        return problem.GetProperty("status").GetInt32() == status ? problem.GetProperty("type").GetString()!.Split('/')[^1] : null;
    }

    private void Accepted(Operation operation, HttpResponseMessage answer)
    {
        if (operation.Needed is ["manage:transactions"])
            Interlocked.Increment(ref acceptedInterventions);
        else if (!answer.Headers.Contains("Idempotency-Replayed") && !answer.Headers.Contains("OpsDb-Dry-Run")
            && answer.Headers.TryGetValues("OpsDb-Transaction", out var ids))
            transactions[ids.Single()] = true;
    }

    private Task SettledAsync() => Eventually.TrueAsync(async () =>
        (await api.GetAsync("/buffer-stats")).Body.GetProperty("pending_transactions").GetInt64() == 0, "nothing is pending", 30);

    /// <summary>Who is not let in is told of beside the requests.</summary>
    private async Task<(long Transactions, long Interventions)> CountAsync() =>
        (await Installation.MainAsync<long>("select count(*) from applied_transaction where kind <> 'audit.record'"),
        await Installation.MainAsync<long>("select count(*) from transaction_intervention"));
}
