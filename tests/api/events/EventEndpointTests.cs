using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Events;
using OpsDb.Kernel;
using OpsDb.SiteBase;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Events;

/// <summary>Clients that are told what happens, as it happens, at both kinds of sites; a relay runs beside the API.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class EventEndpointTests(SiteType type)
{
    private readonly CancellationTokenSource over = new();
    private TestInstallation installation = null!;
    private TestApi api = null!;
    private ServiceProvider services = null!;
    private Task relaying = null!;

    [SetUp]
    public async Task Start()
    {
        installation = await TestInstallation.CreateAsync(AssemblyServers.Servers);
        (string, string)[] changes = type == SiteType.Secondary ? [] :
        [
            ("SITE_NAME", $"{installation.SiteName}_main"), ("REDIS_HOST", AssemblyServers.Servers.Redis.Host),
            ("REDIS_PORT", $"{AssemblyServers.Servers.Redis.Port}"), ("REDIS_PASSWORD", AssemblyServers.Servers.Redis.Password),
        ];
        api = type == SiteType.Main ? await installation.StartMainAsync(changes) : await installation.StartSecondaryAsync();
        var settings = type == SiteType.Main ? installation.MainSettings() : installation.SecondarySettings();
        foreach (var (name, value) in changes)
            settings[name] = value;
        var collection = new ServiceCollection();
        collection.AddLogging();
        services = collection.AddSite(TestApi.Read(settings)).AddEventRelay().BuildServiceProvider();
        relaying = RelayAsync(over.Token);
    }

    [TearDown]
    public async Task Stop()
    {
        await over.CancelAsync();
        await relaying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await services.DisposeAsync();
        await installation.DisposeAsync();
        over.Dispose();
    }

    [Test]
    public async Task What_happens_is_told_with_the_row_and_a_client_that_comes_back_goes_on_behind_what_it_knows()
    {
        using var clock = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var http = new HttpClient { BaseAddress = api.Address };
        var first = await api.StartExecutionAsync();
        string last;
        await using (var stream = await OpenAsync(http, "/api/v1/events?entity=executions,obs-units&after=0", null, clock.Token))
        {
            var told = await NextAsync(stream, e => e.Key == $"{first.Id}" && e.State == "recorded", clock.Token);
            Assert.That((told[^1].Entity, told[^1].Change, told[^1].Version, told[^1].Kind), Is.EqualTo(("executions", "created", 1, "executions.start")));
            Assert.That(told[^1].Row.GetProperty("status").GetString(), Is.EqualTo("running"));
            if (type == SiteType.Secondary)
                Assert.That(told.First(e => e.Key == $"{first.Id}").State, Is.EqualTo("buffered"), "the site tells of it before main has it");
            last = told[^1].Position;
        }
        var second = await api.StartExecutionAsync();
        await using var again = await OpenAsync(http, "/api/v1/events?entity=executions", last, clock.Token);
        var rest = await NextAsync(again, e => e.Key == $"{second.Id}" && e.State == "recorded", clock.Token);
        Assert.That(rest.Select(e => e.Key), Is.All.EqualTo($"{second.Id}"), "the first one is known");
        var third = await api.StartExecutionAsync();
        var live = await NextAsync(again, e => e.Key == $"{third.Id}" && e.State == "recorded", clock.Token);
        Assert.That(live.Select(e => e.Key), Is.All.EqualTo($"{third.Id}"));
        Assert.That(live.Select(e => long.Parse(e.Position)), Is.Ordered.Ascending);
    }

    [Test]
    public async Task A_page_opens_a_socket_with_a_ticket_and_is_told_the_same()
    {
        using var clock = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var ticket = (await api.PostAsync("/api/v1/tickets", null, null, TestTokens.Admin)).Text("ticket");
        var address = new Uri($"ws://{api.Address.Authority}/api/v1/events?after=0&ticket={ticket}");
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(address, clock.Token);
        var started = await api.StartExecutionAsync();
        var told = default(JsonElement);
        while (told.ValueKind == JsonValueKind.Undefined || told.GetProperty("event").GetProperty("key").GetString() != $"{started.Id}")
            told = await socket.MessageAsync(clock.Token);
        Assert.That(told.GetProperty("type").GetString(), Is.EqualTo("event"));
        Assert.That(told.GetProperty("row").GetProperty("id").GetGuid(), Is.EqualTo(started.Id));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, clock.Token);
        Assert.That(socket.State, Is.EqualTo(WebSocketState.Closed), "both sides have closed it");
        using var thief = new ClientWebSocket();
        await Assert.ThrowsAsync<WebSocketException>(() => thief.ConnectAsync(address, clock.Token), "a ticket is good once");
        using var nobody = new ClientWebSocket();
        await Assert.ThrowsAsync<WebSocketException>(() => nobody.ConnectAsync(new($"ws://{api.Address.Authority}/api/v1/events"), clock.Token));
    }

    [Test]
    public async Task Nobody_is_told_of_what_they_do_not_see()
    {
        var begin = (await api.GetAsync("/api/v1/events")).Body.GetProperty("next").GetInt64();
        var program = await IdAsync("/api/v1/programs", new { short_name = "HIDDEN", name = "Of others", kind = "science" });
        var unit = await IdAsync("/api/v1/obs-units",
            new { name = "Of others", observing_program_id = program, source_id = 1, obs_mode_id = 1, instrument_id = 1, priority = 1 });
        await Eventually.TrueAsync(async () =>
            await installation.ReplicaAsync<int>("select count(*) from obs_unit where id = @unit", new { unit }) == 1, "the site has the unit");
        var started = new List<Guid>();
        foreach (var one in (int[])[1, unit, 1, unit])
        {
            var execution = await api.StartExecutionAsync(one);
            Assert.That(execution.Status, Is.AnyOf(201, 202), execution.ToString());
            started.Add(execution.Id);
        }
        var all = new HashSet<Guid>();
        await Eventually.TrueAsync(async () =>
        {
            all.UnionWith(Keys(await api.GetAsync($"/api/v1/events?entity=executions&after={begin}&limit=1000")));
            return all.IsSupersetOf(started);
        }, "all are told");
        var seen = new HashSet<Guid>();
        foreach (var id in started)
        {
            if ((await api.GetAsync($"/api/v1/executions/{id}", TestTokens.Viewer)).Status == 200)
                seen.Add(id);
        }
        Assert.That(seen, Is.EquivalentTo((Guid[])[started[0], started[2]]), "the viewer does not see everything");
        Assert.That(Keys(await api.GetAsync($"/api/v1/events?after={begin}&limit=1000", TestTokens.Viewer)).Intersect(started).ToHashSet(), Is.EqualTo(seen));
    }

    [TestCase("entity=executions,secrets", "entity")]
    [TestCase("entity=", "entity")]
    [TestCase("after=-1", "after")]
    [TestCase("after=now", "after")]
    [TestCase("after=99999999999999999999", "after")]
    [TestCase("limit=0", "limit")]
    [TestCase("limit=1001", "limit")]
    public async Task What_makes_no_sense_is_refused(string query, string parameter)
    {
        var refused = await api.GetAsync($"/api/v1/events?{query}");
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((400, "malformed-parameter")), refused.ToString());
        Assert.That(refused.Wrong(parameter), Is.Not.Null);
    }

    [Test]
    public async Task A_token_is_told_of_what_it_may_read()
    {
        var made = await api.PostAsync("/api/v1/tokens",
            new { name = "events only", scopes = (string[])["read:events", "read:obs_units"], expires_at = DateTimeOffset.UtcNow.AddDays(1) }, null,
            TestTokens.Admin);
        Assert.That(made.Status, Is.AnyOf(201, 202), made.ToString());
        var token = TestTokens.Admin with { Text = made.Text("token") };
        await Eventually.TrueAsync(async () => (await api.GetAsync("/api/v1/events", token)).Status == 200, "the site knows the token");
        Assert.That((await api.GetAsync("/api/v1/events?entity=executions", token)).Problem, Is.EqualTo("permission-missing"));
        await api.StartExecutionAsync();
        await Eventually.TrueAsync(async () => Keys(await api.GetAsync("/api/v1/events?entity=executions&after=0")).Count > 0, "it is told");
        Assert.That(Keys(await api.GetAsync("/api/v1/events?after=0&limit=1000", token)), Is.Empty);
    }

    private async Task<int> IdAsync(string path, object body) => (await api.PostAsync(path, body, null, TestTokens.Admin)).Body.GetProperty("id").GetInt32();

    private static HashSet<Guid> Keys(TestAnswer page) =>
        [
            .. page.Items.Select(e => e.GetProperty("event")).Where(e => e.GetProperty("entity").GetString() == "executions")
                .Select(e => e.GetProperty("key").GetGuid()),
        ];

    private async Task RelayAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await using var scope = services.CreateAsyncScope();
            var job = scope.ServiceProvider.GetServices<IJob>().OfType<IStayingJob>().Single();
            await job.RunAsync(ct);
            await job.WaitAsync(ct);
        }
    }

    private static async Task<Stream> OpenAsync(HttpClient http, string path, string? last, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", TestTokens.Observer.Text);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (last is not null)
            request.Headers.Add("Last-Event-ID", last);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/event-stream"));
        return await response.Content.ReadAsStreamAsync(ct);
    }

    /// <summary>Reads events up to one.</summary>
    private static async Task<IReadOnlyList<Told>> NextAsync(Stream stream, Func<Told, bool> isLast, CancellationToken ct)
    {
        var (told, id) = (new List<Told>(), "");
        var line = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, ct) == 1)
        {
            if (one[0] != '\n')
            {
                line.Add(one[0]);
                continue;
            }
            var text = Encoding.UTF8.GetString([.. line]);
            line.Clear();
            if (text.StartsWith("id: ", StringComparison.Ordinal))
                id = text[4..];
            if (!text.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            var data = JsonSerializer.Deserialize<JsonElement>(text[6..]);
            var e = data.GetProperty("event");
            told.Add(new(id, e.GetProperty("entity").GetString()!, e.GetProperty("key").GetString()!, e.GetProperty("change").GetString()!,
                e.GetProperty("state").GetString()!, e.TryGetProperty("version", out var version) ? version.GetInt32() : 0,
                e.GetProperty("kind").GetString()!, data.GetProperty("row")));
            if (isLast(told[^1]))
                return told;
        }
        throw new EndOfStreamException($"the stream has ended after {told.Count} events");
    }

    private sealed record Told(string Position, string Entity, string Key, string Change, string State, int Version, string Kind, JsonElement Row);
}
