using Npgsql;

namespace OpsDb.Bench;

/// <summary>
/// From the moment the link is up again until the main database has 20,000 starts, over a round trip of 200 ms; beside a loop
/// of batches of 1,000 that inserts the same rows through the same link and does nothing else.
/// </summary>
internal static class Drain
{
    private const int Transactions = 20_000, Batch = 1000;
    private static readonly TimeSpan RoundTrip = TimeSpan.FromMilliseconds(200), Poll = TimeSpan.FromMilliseconds(20);

    public static async Task<Row> MeasureAsync(BenchSite site, CancellationToken ct)
    {
        var relay = site.Servers.Relay;
        relay.Down();
        var missing = Transactions - (int)await site.PendingAsync(ct);
        if (missing > 0)
            await site.Load.CountAsync(missing, site.Api, 16);
        var target = await PositionAsync(site, ct) + await site.PendingAsync(ct);
        relay.Delay(RoundTrip);

        // The processor's next try is not yet due: the link is up for the one and for the other alike.
        var started = TimeProvider.System.GetTimestamp();
        relay.Up();
        var deadline = TimeSpan.FromMinutes(3);
        while (await PositionAsync(site, ct) < target)
        {
            if (TimeProvider.System.GetElapsedTime(started) > deadline)
                throw new BenchException($"Not drained within {deadline.TotalSeconds} s.");
            await Task.Delay(Poll, ct);
        }
        var value = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        var floor = await FloorAsync(site, ct);
        relay.Delay(TimeSpan.Zero);
        return new("drain_20000_rtt200", value, "s", floor, "value <= 10 s");
    }

    private static Task<long> PositionAsync(BenchSite site, CancellationToken ct) =>
        site.MainAsync<long>($"select coalesce(max(position), 0) from site_watermark where site = '{BenchSite.Name}'", ct);

    private static async Task<double> FloorAsync(BenchSite site, CancellationToken ct)
    {
        await site.MainAsync<object>(
            """
            create table bench_applied_transaction (like applied_transaction including all);
            create table bench_executed_obs_unit (like executed_obs_unit including all);
            select 1
            """, ct);
        var unit = await site.MainAsync<int>("select min(id) from obs_unit", ct);
        await using var source = NpgsqlDataSource.Create(
            $"{(site.Servers.Primary!.Application with { Port = site.Servers.Relay.Port }).ToConnectionString()};Max Auto Prepare=100;Auto Prepare Min Usages=2");
        await using var connection = await source.OpenConnectionAsync(ct);
        var epoch = Guid.NewGuid();
        var started = TimeProvider.System.GetTimestamp();
        for (var from = 1; from <= Transactions; from += Batch)
        {
            await using var batch = new NpgsqlBatch(connection);
            for (var position = from; position < from + Batch; position++)
            {
                var (transaction, execution, now) = (Guid.CreateVersion7(), Guid.CreateVersion7(), DateTime.UtcNow);
                var comment = $"scan {position:000000000000}, wind from the west";
                Add(batch,
                    """
                    insert into bench_applied_transaction (id, site, epoch, position, kind, schema_version, actor, token_id, idempotency_key, body_hash, answer, occurred_at, applied_at, outcome)
                    values ($1, 'bench', $2, $3, 'executions.start', 1, 'bench', $4, $5, $6, $7::jsonb, $8, clock_timestamp(), 'applied')
                    """,
                    transaction, epoch, (long)position, epoch, $"bench-{position:000000000000}", Convert.ToHexStringLower(new byte[32]),
                    $$"""{"id":"{{execution}}","obs_unit_id":{{unit}},"status":"running","start_time":"{{now:O}}","comment":"{{comment}}","version":1,"created_at":"{{now:O}}","created_by":"bench","modified_at":"{{now:O}}","modified_by":"bench"}""", now);
                Add(batch,
                    """
                    insert into bench_executed_obs_unit (id, obs_unit_id, status, start_time, comment, version, created_at, created_by, modified_at, modified_by, transaction_id)
                    values ($1, $2, 'running', $3, $4, 1, $3, 'bench', $3, 'bench', $5)
                    """,
                    execution, unit, now, comment, transaction);
            }
            await batch.ExecuteNonQueryAsync(ct);
        }
        return TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    private static void Add(NpgsqlBatch batch, string sql, params object[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        batch.BatchCommands.Add(command);
    }
}
