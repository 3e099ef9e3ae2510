using System.Text.Json;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.Bench;

/// <summary>The managed memory that a pending execution holds: starts are read as from the log and put into an overlay.</summary>
internal static class OverlayMemory
{
    /// <summary>Bytes that a pending execution may hold.</summary>
    public const int Allowed = 1024;
    private const int Rows = 20_000;

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

    private static byte[] Entry(int position) => JsonSerializer.SerializeToUtf8Bytes(SampleStart.Of(position, 1 + position % 8), Json.Options);
}
