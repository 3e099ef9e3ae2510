using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.ObsUnits;
using OpsDb.Weather;

namespace OpsDb.Nights;

/// <summary>The environment of an execution.</summary>
/// <param name="ExecutionId">The execution.</param>
/// <param name="TelescopeId">Its telescope.<example>1</example></param>
/// <param name="From">Its start, UTC.</param>
/// <param name="To">Its end, UTC; of one that runs, now.</param>
/// <param name="Summary">Of each thing that was measured between these.</param>
/// <param name="Readings">The readings, the earliest first.</param>
/// <param name="IsTruncated">Whether there are more readings than are told of.</param>
public sealed record ExecutionEnvironment(
    Guid ExecutionId, int TelescopeId, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<Measured> Summary, IReadOnlyList<EnvironmentReading> Readings,
    bool IsTruncated);

/// <summary>Executions that have not ended.</summary>
/// <param name="Items">The one that runs for longest first: nothing ends it but a person.</param>
/// <param name="IsTruncated">Whether there are more.</param>
public sealed record RunningExecutions(IReadOnlyList<RunningExecution> Items, bool IsTruncated);

/// <summary>What executions are beside: the weather while they went on, and the clock while they do.</summary>
public sealed class ExecutionWeather(
    IReader<Execution, Guid> executions, IReader<ObsUnit, int> units, IReader<Instrument, int> instruments, IReader<EnvironmentReading, Guid> readings,
    TimeProvider time)
{
    private const int MaxReadings = 10_000, MaxRunning = 1000;

    /// <exception cref="RefusalException">not-found.</exception>
    public async Task<ExecutionEnvironment> ReadAsync(Guid id, CancellationToken ct)
    {
        var execution = await executions.GetAsync(id, ct);
        var telescope = (await instruments.GetAsync((await units.GetAsync(execution.ObsUnitId, ct)).InstrumentId, ct)).TelescopeId;
        var to = execution.EndTime ?? time.GetUtcNow();
        // Before an instant, and a reading at the end itself belongs to it.
        var query = ListQuery<EnvironmentReading>.Everything.Where("telescope_id", telescope)
            .Where("measured_from", execution.StartTime).Where("measured_before", to.AddMicroseconds(1)) with
        { Limit = MaxReadings };
        var page = await readings.ListAsync(query, ct);
        return new(id, telescope, execution.StartTime, to, NightWeather.Of(page.Items), [.. page.Items.OrderBy(r => r.MeasuredAt)], page.Next is not null);
    }

    public async Task<RunningExecutions> RunningAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var query = ListQuery<Execution>.Parse(new Dictionary<string, IReadOnlyList<string>> { ["status"] = ["running"], ["sort"] = ["start_time"] });
        var page = await executions.ListAsync(query with { Limit = MaxRunning }, ct);
        var named = await units.FindManyAsync([.. page.Items.Select(e => e.ObsUnitId).Distinct()], ct);
        return new([.. page.Items.Select(e => new RunningExecution(e.Id, e.ObsUnitId, named[e.ObsUnitId].Name, e.StartTime,
            Math.Round((now - e.StartTime).TotalHours, 3)))], page.Next is not null);
    }
}
