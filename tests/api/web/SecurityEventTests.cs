using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.TestKit;
using OpsDb.Tokens;
using OpsDb.Web;

namespace OpsDb.ApiTests.Web;

/// <summary>Who was not let in, as the log and the metrics tell it.</summary>
[TestFixture(SiteType.Main)]
public sealed class SecurityEventTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task Each_refused_token_and_each_missing_permission_is_logged_with_the_token_s_id_and_never_its_text()
    {
        var revoked = new TestTokens("revoked", TokenText.Create(TokenKind.Pat), ["read:*"]);
        await revoked.MakeAsync(TestApi.Read(Installation.MainSettings()));
        await Installation.MainAsync<string>("update api_token set revoked_at = now() where name = 'revoked' returning name");
        var unknown = TokenText.Create(TokenKind.Pat);
        var log = new Lines();
        await using var app = DataApiBase.Build(TestApi.Read(new(Installation.MainSettings()) { ["LOG_LEVEL"] = "warning" }));
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        await app.StartAsync();
        await using var api = TestApi.At(app.Urls.First());

        var trace = (await api.GetAsync("/api/v1/sources?name=secret", TestTokens.Expired)).Text("trace_id");
        await api.GetAsync("/api/v1/sources", revoked);
        await api.GetAsync("/api/v1/sources", new("x", unknown, []));
        await api.GetAsync("/api/v1/sources", new("x", "nonsense", []));
        await api.PostAsync("/api/v1/executions", new { obs_unit_id = 1 }, token: TestTokens.Viewer);
        for (var i = 0; i < 20; i++)
            await api.GetAsync("/api/v1/executions", TestTokens.Expired);

        async Task<Guid> Id(string name) => await Installation.MainAsync<Guid>("select id from api_token where name = @name", new { name });
        var lines = log.All.Where(l => l.Event is 4001 or 4002).ToList();
        Assert.That(lines.Select(l => l.Text.Split(':', ',')[1].Trim()),
            Is.EquivalentTo((string[])["token-expired", "token-revoked", "token-unknown", "token-malformed", "permission-missing"]),
            "one line each, however often");
        var expired = lines.Single(l => l.Text.Contains("token-expired", StringComparison.Ordinal)).Text;
        Assert.That(expired, Does.Contain($"token {await Id("expired")}, GET /api/v1/sources from 127.0.0.1, trace {trace}").And.Not.Contain("secret"));
        Assert.That(lines.Single(l => l.Text.Contains("token-revoked", StringComparison.Ordinal)).Text, Does.Contain($"{await Id("revoked")}"));
        Assert.That(lines.Single(l => l.Text.Contains("permission-missing", StringComparison.Ordinal)).Text,
            Does.Contain($"{await Id("viewer")}, POST /api/v1/executions"));
        foreach (var text in (string[])[TestTokens.Expired.Text, revoked.Text, unknown, "nonsense"])
            Assert.That(log.All.Select(l => l.Text), Has.None.Contains(text));
        var metrics = (await api.GetAsync("/metrics")).Body.GetString();
        Assert.That(metrics, Does.Contain("opsdb_security_refusals_total{kind=\"token-expired\"} 21").And.Contain("{kind=\"token-revoked\"} 1")
            .And.Contain("{kind=\"permission-missing\"} 1"));
    }

    [Test]
    public void What_goes_on_is_one_line_a_minute_with_its_number()
    {
        var log = new Lines();
        using var factory = LoggerFactory.Create(l => l.AddProvider(log));
        var minutes = new Minutes();
        using var events = new SecurityEvents(new(), minutes, factory.CreateLogger<SecurityEvents>());
        for (var i = 0; i < 1000; i++)
            events.Refused(Request("10.0.0.1"), "token-unknown", null);
        events.Refused(Request("10.0.0.2"), "token-unknown", null);
        Assert.That(Counts(), Is.EqualTo((string[])["10.0.0.1 1", "10.0.0.2 1"]));
        minutes.Next();
        Assert.That(Counts(), Is.EqualTo((string[])["10.0.0.1 1", "10.0.0.2 1", "10.0.0.1 999"]));
        minutes.Next();
        events.Refused(Request("10.0.0.1"), "token-unknown", null);
        Assert.That(Counts(), Has.Count.EqualTo(4), "the next one is told at once again");

        for (var i = 0; i < 20_000; i++)
            events.Refused(Request($"10.1.{i / 250}.{i % 250}"), "token-unknown", null);
        Assert.That(Counts(), Has.Count.LessThan(10_010), "however many addresses there are");

        List<string> Counts() => [.. log.All.Select(l => $"{l.Text.Split("from ")[1].Split(',')[0]} {l.Text.Split(", ")[^1].Split(' ')[0]}")];
    }

    private static DefaultHttpContext Request(string address)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.Path = "/api/v1/executions";
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);
        return context;
    }

    /// <summary>A clock whose minutes end when they are told to.</summary>
    private sealed class Minutes : TimeProvider
    {
        private TimerCallback? tick;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            tick = callback;
            return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void Next() => tick!(null);
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<(int Event, string Text)> all = new();

        public IReadOnlyList<(int Event, string Text)> All => [.. all];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            all.Enqueue((eventId.Id, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
