using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.ObsUnits;
using OpsDb.Programs;
using OpsDb.RawData;
using OpsDb.Visibility;
using OpsDb.Weather;

namespace OpsDb.Nights;

/// <summary>Puts the report of a night together, from what the site sees: with what is pending.</summary>
public sealed class NightReporter(IReadTogether reader, IReader<Telescope, int> telescopes, IFileSummaries files, TimeProvider time)
{
    private const int MaxSlots = 1000, MaxExecutions = 2000, MaxReadings = 20_000, MaxRunning = 100;

    private static readonly Filter<PreScheduledSlot> EndsAfter = Field.From("", (PreScheduledSlot s) => s.EndTime, "");

    /// <exception cref="RefusalException">reference-unknown, for a telescope that is not there.</exception>
    public async Task<NightReport> ReportAsync(DateOnly date, int telescopeId, CancellationToken ct)
    {
        var telescope = await telescopes.RequireAsync(telescopeId, "telescope_id", ct);
        var night = new NightSky(new(telescope.LatitudeDeg, telescope.LongitudeDeg, telescope.AltitudeM), date, TimeSpan.FromDays(1)).Night;
        var instruments = new RowsOf<Instrument>(ListQuery<Instrument>.Everything.Where("telescope_id", telescopeId));
        await reader.ReadAsync([instruments], ct);
        List<object> own = [.. instruments.Rows.Select(i => (object)i.Id)];
        var units = new RowsOf<ObsUnit>(ListQuery<ObsUnit>.Everything.WhereOneOf("instrument_id", own));
        var modules = new RowsOf<InstrumentModule>(ListQuery<InstrumentModule>.Everything.WhereOneOf("instrument_id", own));
        var programs = new RowsOf<ObservingProgram>(ListQuery<ObservingProgram>.Everything);
        var slots = new RowsOf<PreScheduledSlot>(ListQuery<PreScheduledSlot>.Everything.Where("telescope_id", telescopeId)
            .Where("starts_before", night.End).That(EndsAfter, night.Begin) with
        { Limit = MaxSlots });
        var executions = new RowsOf<Execution>(Within(ListQuery<Execution>.Everything, "started", night) with { Limit = MaxExecutions });
        var running = new RowsOf<Execution>(ListQuery<Execution>.Everything.Where("status", ExecutionStatus.Running) with { Limit = MaxExecutions });
        var weather = new RowsOf<EnvironmentReading>(
            Within(ListQuery<EnvironmentReading>.Everything.Where("telescope_id", telescopeId), "measured", night) with { Limit = MaxReadings });
        await reader.ReadAsync([units, modules, programs, slots, executions, running, weather], ct);
        var bytes = modules.Rows.Count == 0 ? null : (await files.SumAsync(new(Within(ListQuery<RawDataFile>.Everything
            .WhereOneOf("instrument_module_id", [.. modules.Rows.Select(m => (object)m.Id)]), "recorded", night), []), ct)).Items.SingleOrDefault();

        var names = new Names(units.Rows.ToDictionary(u => u.Id), programs.Rows.ToDictionary(p => p.Id));
        var now = time.GetUtcNow();
        List<DoneExecution> done =
            [.. executions.Rows.Where(e => names.Units.ContainsKey(e.ObsUnitId)).OrderBy(e => e.StartTime).Select(e => names.Done(e, now))];
        var begun = done.Select(d => d.ObsUnitId).ToHashSet();
        List<PlannedSlot> plan = [.. slots.Rows.Where(s => s.EndTime > night.Begin).OrderBy(s => s.StartTime)
            .Select(s => new PlannedSlot(s.ObsUnitId, names.Of(s.ObsUnitId), s.StartTime, s.EndTime, begun.Contains(s.ObsUnitId)))];
        return new(telescope.Id, telescope.Name, night, now, plan, done, NightTimes.Of(night, plan, done, now), NightTimes.Lost(done), names.Programs(done),
            [.. running.Rows.Where(e => names.Units.ContainsKey(e.ObsUnitId)).OrderBy(e => e.StartTime).Take(MaxRunning)
                .Select(e => new RunningExecution(e.Id, e.ObsUnitId, names.Of(e.ObsUnitId), e.StartTime, Math.Round((now - e.StartTime).TotalHours, 3)))],
            NightWeather.Of(weather.Rows), bytes?.Files ?? 0, bytes?.Bytes ?? 0, slots.HasMore || executions.HasMore || running.HasMore || weather.HasMore);
    }

    private static ListQuery<T> Within<T>(ListQuery<T> query, string what, Night night) where T : Row, IRow<T> =>
        query.Where($"{what}_from", night.Begin).Where($"{what}_before", night.End);

    /// <summary>What units and programmes are called.</summary>
    private sealed record Names(IReadOnlyDictionary<int, ObsUnit> Units, IReadOnlyDictionary<int, ObservingProgram> All)
    {
        public string Of(int unit) => Units.TryGetValue(unit, out var known) ? known.Name : "";

        public DoneExecution Done(Execution e, DateTimeOffset now) => new(e.Id, e.ObsUnitId, Of(e.ObsUnitId), ProgramOf(e.ObsUnitId)?.ShortName ?? "",
            e.Status, e.StartTime, e.EndTime, NightTimes.Hours(e.StartTime, e.EndTime ?? now), e.Quality, e.Reason, e.Comment);

        public IReadOnlyList<ProgramTime> Programs(IReadOnlyList<DoneExecution> done) =>
        [
            .. done.GroupBy(d => ProgramOf(d.ObsUnitId)).Where(g => g.Key is not null).OrderBy(g => g.Key!.ShortName, StringComparer.Ordinal)
                .Select(g => new ProgramTime(g.Key!.Id, g.Key.ShortName,
                    Math.Round(g.Where(d => d.Status == ExecutionStatus.Completed).Sum(d => d.Hours), 3), g.Count())),
        ];

        private ObservingProgram? ProgramOf(int unit) => Units.TryGetValue(unit, out var known) ? All.GetValueOrDefault(known.ObservingProgramId) : null;
    }
}
