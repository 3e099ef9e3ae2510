using System.Text.Json.Serialization;
using OpsDb.Kernel;

namespace OpsDb.Webhooks;

/// <summary>Somebody is told of events from now on.</summary>
public sealed record CreateWebhook(string Name, string Url, string SecretName) : ICreate<Webhook>
{
    /// <summary>Of which entities; all when it is absent.</summary>
    public string[] Entities { get; init; } = [];

    public bool Active { get; init; } = true;

    public string? Comment { get; init; }
}

/// <summary>What was recorded from an event on is posted once more: to a receiver that has lost it, or has never had it.</summary>
/// <param name="FromEvent">The event's number, its <c>id</c>.<example>4711</example></param>
[Kind("webhooks.replay")]
public sealed record ReplayWebhook(long FromEvent) : ICommand<Webhook>
{
    [JsonIgnore]
    public int Id { get; init; }

    internal sealed class Handler(IReader<Webhook, int> webhooks) : ICommandHandler<ReplayWebhook, Webhook>
    {
        public async Task<Decision<Webhook>> Decide(ReplayWebhook command, CancellationToken ct)
        {
            var webhook = await webhooks.GetAsync(command.Id, ct);
            return Decision.Update(webhook, webhook with { ReplayFrom = command.FromEvent });
        }
    }
}

/// <summary>A replay has begun: what it posts waits.</summary>
[Kind("webhooks.replayed")]
internal sealed record ReplayedWebhook(int Id, long FromEvent) : ICommand<Webhook>
{
    internal sealed class Handler(IReader<Webhook, int> webhooks) : ICommandHandler<ReplayedWebhook, Webhook>
    {
        public async Task<Decision<Webhook>> Decide(ReplayedWebhook command, CancellationToken ct)
        {
            var webhook = await webhooks.GetAsync(command.Id, ct);
            // Somebody may have asked for another one meanwhile.
            return webhook.ReplayFrom == command.FromEvent ? Decision.Update(webhook, webhook with { ReplayFrom = null }) : new(new Changes(), _ => webhook);
        }
    }
}
