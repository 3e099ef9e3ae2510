using OpsDb.Kernel;

namespace OpsDb.Webhooks;

/// <summary>How far an event has come on its way to a webhook.</summary>
public enum DeliveryState
{
    /// <summary>It is posted soon, or again.</summary>
    Waiting,

    /// <summary>The receiver has taken it.</summary>
    Delivered,

    /// <summary>The receiver has refused it again and again.</summary>
    Failed,
}

/// <summary>An event on its way to a webhook.</summary>
/// <param name="EventId">The event's number.<example>4711</example></param>
/// <param name="State">How far it is.</param>
/// <param name="Attempts">How often it was posted and not taken.<example>0</example></param>
/// <param name="RecordedAt">When it was kept for the webhook, UTC.</param>
/// <param name="DeliveredAt">When it was taken, UTC; null when it was not.</param>
/// <param name="NextAt">When it is posted next, UTC; null when it is not.</param>
/// <param name="Reason">Why it was not taken the last time; null when nothing was wrong.</param>
public sealed record WebhookDelivery(
    long EventId, DeliveryState State, int Attempts, DateTimeOffset RecordedAt, DateTimeOffset? DeliveredAt, DateTimeOffset? NextAt, string? Reason);

/// <summary>What is to be posted to a webhook now, in the order of the events' numbers.</summary>
/// <param name="Attempts">How often the first one was posted and not taken.</param>
/// <param name="Events">Each event as it was told, as JSON.</param>
public sealed record DueDeliveries(int WebhookId, string Name, string Url, string SecretName, int Attempts, IReadOnlyList<(long Id, string Event)> Events);

/// <summary>The events that wait for webhooks, on the main database.</summary>
public interface IWebhookDeliveries
{
    /// <summary>Keeps events for those webhooks that are in use and want them, each once.</summary>
    /// <exception cref="OutageException">main-unreachable; so of all others.</exception>
    Task KeepAsync(IReadOnlyCollection<DomainEvent> events, CancellationToken ct);

    /// <summary>The first ones of each webhook whose time has come.</summary>
    Task<IReadOnlyList<DueDeliveries>> DueAsync(int most, CancellationToken ct);

    Task DeliveredAsync(int webhook, IReadOnlyCollection<long> events, CancellationToken ct);

    /// <param name="again">In how much time they are posted again; null for never.</param>
    Task FailedAsync(int webhook, IReadOnlyCollection<long> events, string reason, TimeSpan? again, CancellationToken ct);

    /// <summary>Lets everything wait again that was recorded from an event on and is still kept.</summary>
    Task ReplayAsync(Webhook webhook, long from, IReadOnlyDictionary<string, string> entities, CancellationToken ct);

    /// <summary>The newest ones of a webhook.</summary>
    Task<IReadOnlyList<WebhookDelivery>> ListAsync(int webhook, DeliveryState? state, int most, CancellationToken ct);
}

/// <summary>Posts events.</summary>
public interface IWebhookSender
{
    /// <exception cref="NoAnswerException">They were not received.</exception>
    /// <exception cref="UndeliverableException">They were refused.</exception>
    Task SendAsync(Uri address, string body, string secret, CancellationToken ct);
}
