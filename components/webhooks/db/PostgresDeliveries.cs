using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Webhooks.Db;

internal sealed class PostgresDeliveries(Databases databases) : IWebhookDeliveries, IPurge
{
    /// <summary>A webhook is told of nothing that happened before it was there, should Redis have lost what it was told.</summary>
    private const string Keep =
        """
        insert into webhook_delivery (webhook_id, event_id, event)
        select w.id, e.id, e.event
        from unnest(@ids, @entities, @times, @events::text[]::jsonb[]) e (id, entity, at, event)
          join webhook w on w.active and w.created_at <= e.at and (cardinality(w.entities) = 0 or e.entity = any(w.entities))
        on conflict do nothing
        """;

    private const string Due =
        """
        select w.id as webhook_id, w.name, w.url, w.secret_name, d.event_id, d.event::text as event, d.attempt
        from webhook w
          cross join lateral (select next_at from webhook_delivery where webhook_id = w.id and next_at is not null order by event_id limit 1) first
          cross join lateral (
            select event_id, event, attempt from webhook_delivery where webhook_id = w.id and next_at is not null order by event_id limit @most) d
        where w.active and first.next_at <= now()
        order by w.id, d.event_id
        """;

    private const string Delivered =
        """
        update webhook_delivery set delivered_at = now(), next_at = null, reason = null where webhook_id = @webhook and event_id = any(@events)
        """;

    private const string Failed =
        """
        update webhook_delivery set attempt = attempt + 1, reason = @reason, next_at = now() + @again::interval
        where webhook_id = @webhook and event_id = any(@events) and delivered_at is null
        """;

    private const string Replay =
        """
        insert into webhook_delivery (webhook_id, event_id, event)
        select @webhook, e.number, jsonb_strip_nulls(jsonb_build_object(
          'entity', n.path, 'key', e.key, 'change', e.change, 'state', 'recorded',
          'at', to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
          'id', e.number, 'version', e.row_version, 'kind', t.kind, 'transaction', e.transaction_id, 'site', t.site, 'actor', t.actor))
        from outbox_event e join unnest(@tables, @paths) n (name, path) on n.name = e.entity
          left join applied_transaction t on t.id = e.transaction_id
        where e.number >= @from
        on conflict (webhook_id, event_id) do update set attempt = 0, next_at = now(), delivered_at = null, reason = null
        """;

    private const string List =
        """
        select event_id, attempt as attempts, recorded_at, delivered_at, next_at, reason from webhook_delivery
        where webhook_id = @webhook and (@state::text is null
          or @state = case when delivered_at is not null then 'delivered' when next_at is not null then 'waiting' else 'failed' end)
        order by event_id desc limit @most
        """;

    private const string Purge =
        """
        delete from webhook_delivery where (webhook_id, event_id) in (
          select webhook_id, event_id from webhook_delivery where recorded_at < now() - interval '30 days'
          order by recorded_at limit 1000 for update skip locked)
        """;

    public Task KeepAsync(IReadOnlyCollection<DomainEvent> events, CancellationToken ct) => events.Count == 0 ? Task.CompletedTask : ExecuteAsync(Keep, new
    {
        ids = events.Select(e => e.Id!.Value).ToArray(),
        entities = events.Select(e => e.Entity).ToArray(),
        times = events.Select(e => e.At).ToArray(),
        events = events.Select(e => JsonSerializer.Serialize(e, Json.Published)).ToArray(),
    }, ct);

    public async Task<IReadOnlyList<DueDeliveries>> DueAsync(int most, CancellationToken ct)
    {
        await using var session = await databases.MainAsync(ct);
        var found = await session.QueryAsync<Found>(Due, new { most }, ct);
        return
        [
            .. found.GroupBy(f => f.WebhookId).Select(g => new DueDeliveries(
                g.Key, g.First().Name, g.First().Url, g.First().SecretName, g.First().Attempt, [.. g.Select(f => (f.EventId, f.Event))])),
        ];
    }

    public Task DeliveredAsync(int webhook, IReadOnlyCollection<long> events, CancellationToken ct) =>
        ExecuteAsync(Delivered, new { webhook, events = events.ToArray() }, ct);

    public Task FailedAsync(int webhook, IReadOnlyCollection<long> events, string reason, TimeSpan? again, CancellationToken ct) =>
        ExecuteAsync(Failed, new { webhook, events = events.ToArray(), reason, again }, ct);

    public Task ReplayAsync(Webhook webhook, long from, IReadOnlyDictionary<string, string> entities, CancellationToken ct)
    {
        var wanted = entities.Where(e => webhook.Entities.Length == 0 || webhook.Entities.Contains(e.Value)).ToList();
        return ExecuteAsync(Replay, new
        {
            webhook = webhook.Id,
            from,
            tables = wanted.Select(w => w.Key).ToArray(),
            paths = wanted.Select(w => w.Value).ToArray(),
        }, ct);
    }

    public async Task<IReadOnlyList<WebhookDelivery>> ListAsync(int webhook, DeliveryState? state, int most, CancellationToken ct)
    {
        await using var session = await databases.MainAsync(ct);
        var rows = await session.QueryAsync<Listed>(List, new { webhook, state = state is { } s ? EnumText.Of(s) : null, most }, ct);
        return [.. rows.Select(r => r.Delivery())];
    }

    public async Task<int> PurgeAsync(CancellationToken ct)
    {
        await using var session = await databases.MainAsync(ct);
        return await session.ExecuteAsync(Purge, null, ct);
    }

    private async Task ExecuteAsync(string sql, object parameters, CancellationToken ct)
    {
        await using var session = await databases.MainAsync(ct);
        await session.ExecuteAsync(sql, parameters, ct);
    }

    private sealed record Found
    {
        public int WebhookId { get; init; }
        public string Name { get; init; } = "";
        public string Url { get; init; } = "";
        public string SecretName { get; init; } = "";
        public long EventId { get; init; }
        public string Event { get; init; } = "";
        public int Attempt { get; init; }
    }

    private sealed record Listed
    {
        public long EventId { get; init; }
        public int Attempts { get; init; }
        public DateTimeOffset RecordedAt { get; init; }
        public DateTimeOffset? DeliveredAt { get; init; }
        public DateTimeOffset? NextAt { get; init; }
        public string? Reason { get; init; }

        public WebhookDelivery Delivery() => new(EventId,
            DeliveredAt is not null ? DeliveryState.Delivered : NextAt is not null ? DeliveryState.Waiting : DeliveryState.Failed,
            Attempts, RecordedAt, DeliveredAt, NextAt, Reason);
    }
}

public static class WebhooksDbRegistration
{
    public static IServiceCollection AddWebhooksDb(this IServiceCollection services) => services
        .AddSingleton<IWebhookDeliveries, PostgresDeliveries>()
        .AddSingleton<IPurge, PostgresDeliveries>();
}
