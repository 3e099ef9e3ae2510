namespace OpsDb.Bench;

/// <summary>What is measured together because it needs the same preparation.</summary>
/// <param name="Names">What <c>--only</c> selects it by.</param>
/// <param name="MeasureAsync">Its rows; throws <see cref="SkippedException"/> when something that it needs is not on this machine.</param>
internal sealed record Benchmark(IReadOnlyList<string> Names, Func<BenchRun, CancellationToken, Task<IReadOnlyList<Row>>> MeasureAsync)
{
    /// <summary>Every benchmark, in the order in which they run.</summary>
    public static IReadOnlyList<Benchmark> All { get; } =
    [
        new(["memory"], (_, _) => Task.FromResult<IReadOnlyList<Row>>([OverlayMemory.Measure()])) { IsOfWritePath = true },
        new(["start"], Starts.MeasureAsync) { IsOfWritePath = true },
        new(["get_1", "list_1"], SingleReads.MeasureAsync),
        new(["flood"], Flood.MeasureAsync),
        new(["redis"], RawRedis.MeasureAsync),
        new(["pgbench"], Pgbench.MeasureAsync),
        new(["peer"], Peer.MeasureAsync),
        new(["get", "list"], Reads.MeasureAsync) { IsOfWritePath = true },
        new(["drain"], (run, ct) => Drain.MeasureAsync(run, run.Scale.Drained, "value <= 10 s", ct)) { IsOfWritePath = true },
        new(["day"], (run, ct) => Drain.MeasureAsync(run, run.Scale.DrainedDay, "value <= 12 s", ct)),
        new(["startup"], Startup.MeasureAsync),
        new(["register"], Registering.MeasureAsync) { IsOfData = true },
        new(["beside"], BesideRegistration.MeasureAsync) { IsOfData = true },
        new(["lines"], FileLists.MeasureLinesAsync) { IsOfData = true },
        new(["page"], FileLists.MeasurePagesAsync) { IsOfData = true },
        new(["known"], FileQuestions.MeasureKnownAsync) { IsOfData = true },
        new(["lineage"], FileQuestions.MeasureLineageAsync) { IsOfData = true },
        new(["many_files"], ManyFiles.MeasureAsync) { IsOfData = true, IsLong = true, Limit = TimeSpan.FromMinutes(60) },
        new(["package", "transfer"], Moving.MeasureAsync) { IsOfTransfer = true, Limit = TimeSpan.FromMinutes(20) },
        new(["events"], EventDelivery.MeasureAsync) { IsOfTransfer = true },
        new(["sky"], Skies.MeasureAsync) { IsOfPlanning = true },
        new(["observable"], PlanQuestions.MeasureObservableAsync) { IsOfPlanning = true },
        new(["cone"], PlanQuestions.MeasureConeAsync) { IsOfPlanning = true },
        new(["token_check", "session_check", "narrowed_list"], AccessChecks.MeasureAsync) { IsOfAccess = true },
        new(["pending"], Outage.MeasureAsync) { IsLong = true, Limit = TimeSpan.FromMinutes(40) },
    ];

    /// <summary>Whether <c>build/bench write</c> runs it.</summary>
    public bool IsOfWritePath { get; private init; }

    /// <summary>Whether <c>build/bench data</c> runs it.</summary>
    public bool IsOfData { get; private init; }

    /// <summary>Whether <c>build/bench transfer</c> runs it.</summary>
    public bool IsOfTransfer { get; private init; }

    /// <summary>Whether <c>build/bench planning</c> runs it.</summary>
    public bool IsOfPlanning { get; private init; }

    /// <summary>Whether <c>build/bench auth</c> runs it.</summary>
    public bool IsOfAccess { get; private init; }

    /// <summary>Whether it runs only when it is asked for.</summary>
    public bool IsLong { get; private init; }

    /// <summary>After this it is given up.</summary>
    public TimeSpan Limit { get; private init; } = TimeSpan.FromMinutes(10);
}

/// <summary>What was to be measured did not happen.</summary>
internal class BenchException(string message) : Exception(message);

/// <summary>A benchmark needs something that is not on this machine; the message says how to get it.</summary>
internal sealed class SkippedException(string message) : BenchException(message);
