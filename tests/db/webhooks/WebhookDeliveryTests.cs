using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Events;
using OpsDb.Kernel;
using OpsDb.Servers;
using OpsDb.Webhooks;
using OpsDb.Webhooks.Http;

namespace OpsDb.DbTests.Webhooks;

/// <summary>Events on their way to real receivers, which are away, refuse, and come back.</summary>
public sealed class WebhookDeliveryTests : DatabaseFixture
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    private readonly string folder = Directory.CreateTempSubdirectory("opsdb-secrets-").FullName;

    protected override Dictionary<string, string> Settings() => new(Installation.MainSettings())
    {
        ["SITE_NAME"] = $"{Installation.SiteName}_main",
        ["REDIS_HOST"] = AssemblyServers.Servers.Redis.Host,
        ["REDIS_PORT"] = $"{AssemblyServers.Servers.Redis.Port}",
        ["REDIS_PASSWORD"] = AssemblyServers.Servers.Redis.Password,
    };

    protected override void AddMore(IServiceCollection services) =>
        services.AddEventRelay().AddWebhookDelivery().AddWebhooksHttp().AddCredentials(new(folder));

    [SetUp]
    public Task KeepSecret() => File.WriteAllTextAsync(Path.Combine(folder, "receiver"), $"{Secret}\n");

    [TearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [Test]
    public async Task Events_are_posted_in_order_signed_and_go_on_when_the_receiver_is_back()
    {
        await using var receiver = Receiver.Start();
        var webhook = await SubmitAsync(new CreateWebhook("pipeline", receiver.Address, "receiver") { Entities = ["executions"] });
        var first = await RecordAsync(3);
        Assert.That((await RunAsync()).Done, Is.EqualTo(3));
        Assert.That(receiver.Keys, Is.EqualTo(first));
        receiver.Status = 503;
        var second = await RecordAsync(2);
        var failed = await RunAsync();
        Assert.That((failed.Failed, failed.Reason), Is.EqualTo((1, "pipeline: the webhook answered with the status 503")));
        Assert.That((await RunAsync()).Failed, Is.Zero, "it waits");
        var waiting = await DeliveriesAsync(webhook, DeliveryState.Waiting);
        Assert.That(waiting.Select(d => (d.Attempts, d.Reason)), Is.All.EqualTo((1, "the webhook answered with the status 503")));
        receiver.Status = 204;
        var third = await RecordAsync(1);
        await WaitNoLongerAsync();
        Assert.That((await RunAsync()).Done, Is.EqualTo(3));
        Assert.That(receiver.Keys, Is.EqualTo((IEnumerable<string>)[.. first, .. second, .. third]), "each once, in order");
        Assert.That((await RunAsync()).Done, Is.Zero);
        Assert.That(await DeliveriesAsync(webhook, DeliveryState.Delivered), Has.Count.EqualTo(6));
    }

    [Test]
    public async Task A_receiver_that_refuses_is_given_up_and_stops_no_other()
    {
        await using var good = Receiver.Start();
        await using var bad = Receiver.Start();
        bad.Status = 400;
        await SubmitAsync(new CreateWebhook("good", good.Address, "receiver") { Entities = ["executions"] });
        var refusing = await SubmitAsync(new CreateWebhook("bad", bad.Address, "receiver") { Entities = ["executions"] });
        var keys = await RecordAsync(2);
        for (var n = 1; n <= 10; n++)
        {
            Assert.That((await RunAsync()).Failed, Is.EqualTo(1), $"attempt {n}");
            await WaitNoLongerAsync();
        }
        Assert.That(good.Keys, Is.EqualTo(keys));
        Assert.That(await DeliveriesAsync(refusing, DeliveryState.Failed), Has.Count.EqualTo(2));
        bad.Status = 200;
        var later = await RecordAsync(1);
        await RunAsync();
        Assert.That(bad.Keys, Is.EqualTo(later), "what comes later goes on");
        var from = (await DeliveriesAsync(refusing, DeliveryState.Failed)).Min(d => d.EventId);
        await SubmitAsync(new ReplayWebhook(from) { Id = refusing.Id });
        await RunAsync();
        Assert.That(bad.Keys, Is.EqualTo((IEnumerable<string>)[.. later, .. keys, .. later]), "and all of it when somebody asks for it");
        Assert.That(await Installation.MainAsync<int>("select count(*) from webhook where replay_from is not null"), Is.Zero);
    }

    [Test]
    public async Task Without_its_secret_nothing_is_posted()
    {
        await using var receiver = Receiver.Start();
        await SubmitAsync(new CreateWebhook("pipeline", receiver.Address, "unknown"));
        await RecordAsync(1);
        Assert.That((await RunAsync()).Reason, Is.EqualTo("pipeline: there is no secret unknown here"));
        Assert.That(receiver.Keys, Is.Empty);
    }

    private async Task<IReadOnlyList<string>> RecordAsync(int count)
    {
        var rows = Enumerable.Range(0, count).Select(Running).ToList();
        foreach (var row in rows)
            await ExecuteAsync(Transaction(new Changes().Create(row)));
        return [.. rows.Select(r => $"{r.Id}")];
    }

    private async Task<Webhook> SubmitAsync(ICommand<Webhook> command)
    {
        await using var scope = Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<ICommands>().SubmitAsync(command, new(new("observer")), CancellationToken.None)).Result;
    }

    /// <summary>Brings events to the streams, and from there to the receivers.</summary>
    private async Task<JobResult> RunAsync()
    {
        await using var scope = Services.CreateAsyncScope();
        var jobs = scope.ServiceProvider.GetServices<IJob>().ToDictionary(j => j.Name);
        await jobs["relay-events"].RunAsync(CancellationToken.None);
        return await jobs["deliver-webhooks"].RunAsync(CancellationToken.None);
    }

    private Task<IReadOnlyList<WebhookDelivery>> DeliveriesAsync(Webhook webhook, DeliveryState state) =>
        Services.GetRequiredService<IWebhookDeliveries>().ListAsync(webhook.Id, state, 100, CancellationToken.None);

    private Task WaitNoLongerAsync() => Installation.MainAsync<int>("update webhook_delivery set next_at = now() where next_at is not null; select 1");

    /// <summary>Somebody's program, which keeps what it has taken and believes nothing that is not signed.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private readonly HttpListener listener = new();
        private readonly ConcurrentQueue<string> keys = new();
        private readonly Task serving;

        private Receiver(int port)
        {
            Address = $"http://127.0.0.1:{port}/events/";
            listener.Prefixes.Add(Address);
            listener.Start();
            serving = ServeAsync();
        }

        public string Address { get; }

        public int Status { get; set; } = 200;

        public IEnumerable<string> Keys => keys;

        public static Receiver Start() => new(Ports.Next());

        public async ValueTask DisposeAsync()
        {
            listener.Close();
            await serving;
        }

        private async Task ServeAsync()
        {
            while (listener.IsListening)
            {
                HttpListenerContext context;
                try
                {
                    context = await listener.GetContextAsync();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
                using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
                var body = await reader.ReadToEndAsync();
                var isOurs = IsSigned(context.Request.Headers["OpsDb-Signature"] ?? "", body);
                if (Status < 300 && isOurs)
                {
                    foreach (var e in JsonSerializer.Deserialize<JsonElement>(body).GetProperty("events").EnumerateArray())
                        keys.Enqueue(e.GetProperty("key").GetString()!);
                }
                context.Response.StatusCode = isOurs ? Status : 401;
                context.Response.Close();
            }
        }

        private static bool IsSigned(string signature, string body)
        {
            var parts = signature.Split(',').Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]);
            var age = DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts["t"], CultureInfo.InvariantCulture));
            return age.Duration() < TimeSpan.FromMinutes(5) && parts["v1"] == Convert.ToHexStringLower(
                HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{parts["t"]}.{body}")));
        }
    }
}
