using System.Globalization;
using Npgsql;

namespace OpsDb.Bench;

/// <summary>The rows that a drain writes, written through the same link into empty tables of the same form, with nothing checked.</summary>
internal static class BareTables
{
    private const int Batch = 1000;

    private static readonly Table Transactions = new("applied_transaction",
    [
        "id", "site", "epoch", "position", "kind", "schema_version", "actor", "token_id", "idempotency_key", "body_hash", "answer",
        "occurred_at", "applied_at", "outcome",
    ]);

    private static readonly Table Executions = new("executed_obs_unit",
        ["id", "obs_unit_id", "status", "start_time", "comment", "version", "created_at", "created_by", "modified_at", "modified_by", "transaction_id"]);

    /// <summary>In batches of 1,000 transactions, each one statement a row.</summary>
    /// <returns>Seconds.</returns>
    public static Task<double> InsertAsync(BenchSite site, int transactions, CancellationToken ct) =>
        TimeAsync(site, transactions, async (connection, starts) =>
        {
            foreach (var chunk in starts.Chunk(Batch))
            {
                await using var batch = new NpgsqlBatch(connection);
                foreach (var (transaction, execution) in chunk)
                {
                    batch.BatchCommands.Add(Transactions.Insert(transaction));
                    batch.BatchCommands.Add(Executions.Insert(execution));
                }
                await batch.ExecuteNonQueryAsync(ct);
            }
        }, ct);

    /// <summary>By COPY, one table after the other.</summary>
    /// <returns>Seconds.</returns>
    public static Task<double> CopyAsync(BenchSite site, int transactions, CancellationToken ct) =>
        TimeAsync(site, transactions, async (connection, starts) =>
        {
            await CopyAsync(connection, Transactions, starts.Select(s => s.Transaction), ct);
            await CopyAsync(connection, Executions, starts.Select(s => s.Execution), ct);
        }, ct);

    private static async Task CopyAsync(NpgsqlConnection connection, Table table, IEnumerable<object[]> rows, CancellationToken ct)
    {
        await using var copy = await connection.BeginTextImportAsync($"copy {table.Bare} ({string.Join(", ", table.Columns)}) from stdin", ct);
        // No value has a character that would have to be escaped.
        foreach (var row in rows)
            await copy.WriteAsync(string.Join('\t', row.Select(Text)) + "\n");

        static string? Text(object value) => value is DateTime time ? time.ToString("O") : Convert.ToString(value, CultureInfo.InvariantCulture);
    }

    private static async Task<double> TimeAsync(
        BenchSite site, int transactions, Func<NpgsqlConnection, IEnumerable<(object[] Transaction, object[] Execution)>, Task> write, CancellationToken ct)
    {
        foreach (var table in (Table[])[Transactions, Executions])
            await site.MainAsync<object>($"drop table if exists {table.Bare}; create table {table.Bare} (like {table.Name} including all); select 1", ct);
        var unit = await site.MainAsync<int>("select min(id) from obs_unit", ct);
        await using var source = NpgsqlDataSource.Create(
            $"{(site.Servers.Primary!.Owner with { Port = site.Servers.Relay.Port }).ToConnectionString()};"
            + "Max Auto Prepare=100;Auto Prepare Min Usages=2;Command Timeout=0");
        await using var connection = await source.OpenConnectionAsync(ct);
        var epoch = Guid.NewGuid();
        var ids = Enumerable.Range(0, transactions).Select(_ => (Guid.CreateVersion7(), Guid.CreateVersion7())).ToList();
        var started = TimeProvider.System.GetTimestamp();
        await write(connection, ids.Select((id, i) => Start(epoch, i + 1, unit, id.Item1, id.Item2)));
        return TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    private static (object[] Transaction, object[] Execution) Start(Guid epoch, long position, int unit, Guid transaction, Guid execution)
    {
        var now = DateTime.UtcNow;
        var comment = $"scan {position:000000000000}, wind from the west";
        var answer = $$"""{"id":"{{execution}}","obs_unit_id":{{unit}},"status":"running","start_time":"{{now:O}}","comment":"{{comment}}","version":1"""
            + $$""","created_at":"{{now:O}}","created_by":"bench","modified_at":"{{now:O}}","modified_by":"bench"}""";
        return (
            [
                transaction, "bench", epoch, position, "executions.start", 1, "bench", epoch, $"{Guid.CreateVersion7()}",
                Convert.ToHexStringLower(new byte[32]), answer, now, now, "applied",
            ],
            [execution, unit, "running", now, comment, 1, now, "bench", now, "bench", transaction]);
    }

    private sealed record Table(string Name, IReadOnlyList<string> Columns)
    {
        private readonly string insert = $"insert into bench_{Name} ({string.Join(", ", Columns)}) "
            + $"values ({string.Join(", ", Columns.Select((c, i) => c == "answer" ? $"${i + 1}::jsonb" : $"${i + 1}"))})";

        public string Bare => $"bench_{Name}";

        public NpgsqlBatchCommand Insert(object[] row)
        {
            var command = new NpgsqlBatchCommand(insert);
            foreach (var value in row)
                command.Parameters.Add(new() { Value = value });
            return command;
        }
    }
}
