using System.Globalization;
using OpsDb.Events;
using OpsDb.Kernel;
using OpsDb.Users;

namespace OpsDb.Webhooks;

/// <summary>Keeps the events that webhooks want, and posts them: to each webhook in the order of their numbers, and to all at once.</summary>
internal sealed class DeliverWebhooksJob(
    IEventStreams streams, IWebhookDeliveries deliveries, IWebhookSender sender, ICredentials credentials, IReader<Webhook, int> webhooks, ICommands commands,
    IEnumerable<Table> tables, Administrators administrators, INotices notices, TimeProvider time) : IStayingJob
{
    /// <summary>Events of one post.</summary>
    internal const int MaxTogether = 100;

    /// <summary>How often a receiver may refuse the same events.</summary>
    internal const int MaxRefusals = 10;

    /// <summary>After so many attempts an administrator is told, once a day.</summary>
    private const int TellAfter = 8;

    private static readonly TimeSpan MaxPause = TimeSpan.FromHours(1), Poll = TimeSpan.FromMilliseconds(200);

    public string Name => "deliver-webhooks";

    public string Description => "Posts events to the webhooks that want them.";

    public string Schedule => "* * * * * ?";

    public bool RunsAt(SiteType site) => site == SiteType.Main;

    public async Task<JobResult> RunAsync(CancellationToken ct)
    {
        var kept = await new EventConsumer(streams, $"{Environment.MachineName}/{Environment.ProcessId}").TurnAsync(new Keeper(deliveries), ct);
        await ReplayAsync(ct);
        var results = await Task.WhenAll((await deliveries.DueAsync(MaxTogether, ct)).Select(d => DeliverAsync(d, ct)));
        List<string> failures = [.. results.Select(r => r.Failure).OfType<string>()];
        if (kept.Failed > 0)
            failures.Insert(0, kept.Reason!);
        return JobResult.Of(results.Sum(r => r.Done), failures);
    }

    public Task WaitAsync(CancellationToken ct) => Task.Delay(Poll, time, ct);

    private async Task ReplayAsync(CancellationToken ct)
    {
        var entities = tables.Where(t => t.IsTold).ToDictionary(t => t.Name, t => t.Path);
        foreach (var webhook in (await webhooks.AllAsync(ct)).Where(w => w is { Active: true, ReplayFrom: not null }))
        {
            var from = webhook.ReplayFrom!.Value;
            await deliveries.ReplayAsync(webhook, from, entities, ct);
            await commands.SubmitAsync(new ReplayedWebhook(webhook.Id, from), new(Actor.Jobs), ct);
        }
    }

    private async Task<(int Done, string? Failure)> DeliverAsync(DueDeliveries due, CancellationToken ct)
    {
        List<long> ids = [.. due.Events.Select(e => e.Id)];
        if (await credentials.FindAsync(due.SecretName, ct) is not { Length: > 0 } secret)
            return await FailAsync(due, ids, $"there is no secret {due.SecretName} here", isRefusal: false, ct);
        var body = $$"""{"webhook":{{System.Text.Json.JsonSerializer.Serialize(due.Name)}},"events":[{{string.Join(',', due.Events.Select(e => e.Event))}}]}""";
        try
        {
            await sender.SendAsync(new(due.Url), body, secret, ct);
        }
        catch (NoAnswerException e)
        {
            return await FailAsync(due, ids, e.Message, isRefusal: false, ct);
        }
        catch (UndeliverableException e)
        {
            return await FailAsync(due, ids, e.Message, isRefusal: true, ct);
        }
        // They were taken: that has to be noted, whoever wants to stop.
        await deliveries.DeliveredAsync(due.WebhookId, ids, CancellationToken.None);
        return (ids.Count, null);
    }

    /// <summary>What is away is tried for as long as events are kept; what is refused a few times, and then the rest goes on.</summary>
    private async Task<(int Done, string? Failure)> FailAsync(DueDeliveries due, List<long> ids, string reason, bool isRefusal, CancellationToken ct)
    {
        var attempt = due.Attempts + 1;
        var pause = TimeSpan.FromSeconds(Math.Min(MaxPause.TotalSeconds, 5 * Math.Pow(2, Math.Min(attempt - 1, 20))));
        await deliveries.FailedAsync(due.WebhookId, ids, reason, isRefusal && attempt >= MaxRefusals ? null : pause, CancellationToken.None);
        if (attempt >= TellAfter)
        {
            var day = time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            await notices.AddAsync([.. (await administrators.ListAsync(ct)).Select(a => new Notice($"webhook {due.WebhookId} {day} {a.Name}", a.Name,
                $"The webhook {due.Name} does not take events",
                $"After {attempt} attempts: {reason}. GET /api/v1/webhooks/{due.WebhookId}/deliveries shows what waits."))], ct);
        }
        return (0, $"{due.Name}: {reason}");
    }

    private sealed class Keeper(IWebhookDeliveries deliveries) : IEventHandler
    {
        public string Group => "webhooks";

        public Task HandleAsync(IReadOnlyList<StreamedEvent> events, CancellationToken ct) =>
            deliveries.KeepAsync([.. events.Select(e => e.Event).Where(e => e.State == EventState.Recorded)], ct);
    }
}
