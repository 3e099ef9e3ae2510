using System.Text.Json;
using OpsDb.Database;
using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>The rows themselves, past every API.</summary>
internal sealed class TourDatabases(StackPostgres postgres) : IAsyncDisposable
{
    private readonly Databases databases = new(new(Text(postgres.Primary), Text(postgres.Replica)));

    /// <summary>Every row of a table of the primary, by id.</summary>
    public async Task<IReadOnlyList<JsonElement>> PrimaryAsync(string table, CancellationToken ct)
    {
        await using var session = await databases.MainAsync(ct);
        return await ReadAsync(session, table, ct);
    }

    public async Task<IReadOnlyList<JsonElement>> ReplicaAsync(string table, CancellationToken ct)
    {
        await using var session = await databases.LocalAsync(ct);
        return await ReadAsync(session, table, ct);
    }

    /// <summary>Waits until the replica has replayed what the primary has written by now.</summary>
    public async Task ReplicatedAsync(CancellationToken ct)
    {
        await using var primary = await databases.MainAsync(ct);
        var lsn = await primary.FindAsync<string>("select pg_current_wal_lsn()::text", null, ct);
        await Deadlines.WaitAsync(
            async () =>
            {
                await using var replica = await databases.LocalAsync(ct);
                return await replica.FindAsync<bool>("select pg_last_wal_replay_lsn() >= @lsn::pg_lsn", new { lsn }, ct);
            },
            $"the replica has replayed {lsn}",
            ct);
    }

    public ValueTask DisposeAsync() => databases.DisposeAsync();

    private static async Task<IReadOnlyList<JsonElement>> ReadAsync(DbSession session, string table, CancellationToken ct) =>
    [
        .. (await session.QueryAsync<string>($"select to_jsonb(t)::text from {table} t order by id", null, ct))
            .Select(row => JsonSerializer.Deserialize<JsonElement>(row)),
    ];

    private static string Text(string uri) => $"{PostgresAddress.Parse(uri, "stack.json").ToConnectionString()};Timezone=UTC;Application Name=opsdb-tour";
}
