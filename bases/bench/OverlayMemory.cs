using System.Text.Json;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.Bench;

/// <summary>The managed memory that a pending execution holds: starts are read as from the log and put into an overlay.</summary>
internal static class OverlayMemory
{
    private const int Rows = 20_000;
    private const int Allowed = 1024;

    public static Row Measure()
    {
        Fill(100);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var state = Fill(Rows);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(state);
        return new("memory_per_pending_row", (after - before) / (double)Rows, "B", Allowed, "ratio <= 1");
    }

    private static OverlayState Fill(int rows)
    {
        var epoch = Guid.NewGuid();
        var state = new OverlayState(epoch, 0, new Dictionary<string, Table> { [Execution.Table.Name] = Execution.Table });
        for (var position = 1; position <= rows; position++)
            state.Append(JsonSerializer.Deserialize<Transaction>(Entry(position), Json.Options)! with { Position = new(epoch, position) });
        return state;
    }

    /// <summary>An entry of the log as a start with an idempotency key leaves it.</summary>
    private static byte[] Entry(int position)
    {
        var actor = new Actor("observer", Guid.NewGuid());
        var execution = new Execution { Id = Guid.CreateVersion7(), ObsUnitId = 1 + position % 8, StartTime = DateTimeOffset.UtcNow, Comment = $"scan {position:000000000000}, wind from the west" };
        var id = Guid.CreateVersion7();
        var changes = new Changes().Create(execution);
        var now = Instant.Round(DateTimeOffset.UtcNow);
        var steps = changes.Stamp(actor, now, id);
        return JsonSerializer.SerializeToUtf8Bytes(
            new Transaction(id, "bench", "executions.start", Transaction.CurrentSchemaVersion, actor, now, $"bench-{position:000000000000}",
                Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()) + Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()), Json.ToElement(changes.Stamped(execution)), steps),
            Json.Options);
    }
}
