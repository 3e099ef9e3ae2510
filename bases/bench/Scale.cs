namespace OpsDb.Bench;

/// <summary>How much is measured.</summary>
/// <param name="WarmUp">
/// Starts before rates are measured: by count and not by time, so that the compiler has come equally far however busy the machine is.
/// </param>
/// <param name="Turn">How long value and floor are each loaded in one turn.</param>
/// <param name="Pending">Transactions that reads have pending beside them.</param>
/// <param name="Gets">Single reads that are timed.</param>
/// <param name="Lists">List pages that are timed.</param>
/// <param name="Drained">Transactions that are drained.</param>
/// <param name="DrainedDay">The same for an outage of a day with one write a second.</param>
/// <param name="Outage">Transactions of the longest outage that the buffer must bear: 72 h with ten a second.</param>
/// <param name="OutageReads">Reads of each kind that are timed then: a list looks at everything that is pending.</param>
/// <param name="Syncs">Writes of 4 KiB that are synced to disk.</param>
/// <param name="Appends">Entries that redis-benchmark adds in one turn.</param>
/// <param name="Restarts">Starts of the data API that are timed.</param>
/// <param name="Idle">After this a started API counts as idle.</param>
/// <param name="Registered">Files that one request registers: as many as it may.</param>
/// <param name="Files">Files that are there when files are listed and looked up.</param>
/// <param name="ManyFiles">The same after years.</param>
/// <param name="Asked">Checksums that are looked up at once: as many as may be.</param>
/// <param name="Units">Obs units of which it is asked what can be observed.</param>
/// <param name="Sources">Among which a cone is searched.</param>
internal sealed record Scale(
    int WarmUp, TimeSpan Turn, int Pending, int Gets, int Lists, int Drained, int DrainedDay, int Outage, int OutageReads, int Syncs, int Appends,
    int Restarts, TimeSpan Idle, int Registered, int Files, int ManyFiles, int Asked, int Units, int Sources)
{
    // After fewer starts the compiler still takes a third of the API's processor time.
    public static Scale Full { get; } =
        new(40_000, TimeSpan.FromSeconds(4), 10_000, 2000, 200, 20_000, 86_400, 2_600_000, 20, 2000, 50_000, 5, TimeSpan.FromSeconds(10),
            100_000, 1_000_000, 10_000_000, 10_000, 10_000, 1_000_000)
        {
            LargeMebibytes = 4096,
            SmallFiles = 20_000,
        };

    /// <summary>Enough to see that everything works; its figures say nothing.</summary>
    public static Scale Quick { get; } =
        new(500, TimeSpan.FromSeconds(0.5), 500, 100, 20, 1000, 2000, 5000, 10, 100, 2000, 1, TimeSpan.FromSeconds(1), 2000, 20_000, 40_000, 200, 500, 5000)
        {
            LargeMebibytes = 64,
            SmallFiles = 200,
        };

    /// <summary>Of one file that is packed and moved.</summary>
    public required int LargeMebibytes { get; init; }

    /// <summary>Files of 64 KiB that are packed together.</summary>
    public required int SmallFiles { get; init; }
}
