using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.ObsUnits;
using OpsDb.Sources;
using OpsDb.Visibility;
using OpsDb.Weather;

namespace OpsDb.Scheduling;

/// <summary>What is asked for.</summary>
/// <param name="At">The instant.</param>
/// <param name="TelescopeId">Units with this telescope alone; null for those of all.</param>
/// <param name="PwvMm">Precipitable water vapour towards the zenith, mm; null for what was measured last.</param>
/// <param name="Limit">How many units of each kind are told of.</param>
public sealed record ObservableQuery(DateTimeOffset At, int? TelescopeId, double? PwvMm, int Limit);

/// <summary>Finds what can be observed at an instant: two round trips, and an altitude for each source.</summary>
public sealed class ObservableReader(IReadTogether reader)
{
    private static readonly TimeSpan WeatherLasts = TimeSpan.FromHours(1);
    private static readonly Filter<Source> SourceId = Field.OneOf((Source s) => s.Id, "");

    /// <exception cref="RefusalException">reference-unknown, for a telescope that is not there.</exception>
    public async Task<ObservableUnits> FindAsync(ObservableQuery query, CancellationToken ct)
    {
        var units = new RowsOf<ObsUnit>(ListQuery<ObsUnit>.Everything);
        var telescopes = new RowsOf<Telescope>(ListQuery<Telescope>.Everything);
        var instruments = new RowsOf<Instrument>(ListQuery<Instrument>.Everything);
        var modules = new RowsOf<InstrumentModule>(ListQuery<InstrumentModule>.Everything.Where("available", false));
        var ways = new RowsOf<InstrumentModuleConfiguration>(ListQuery<InstrumentModuleConfiguration>.Everything);
        var links = new RowsOf<ObsUnitModuleConfiguration>(ListQuery<ObsUnitModuleConfiguration>.Everything);
        var weather = new RowsOf<EnvironmentReading>(ListQuery<EnvironmentReading>.Everything
            .Where("measured_from", query.At - WeatherLasts).Where("measured_before", query.At + TimeSpan.FromMilliseconds(1)));
        await reader.ReadAsync([units, telescopes, instruments, modules, ways, links, weather], ct);
        if (query.TelescopeId is { } wanted && telescopes.Rows.All(t => t.Id != wanted))
        {
            throw RefusalException.Fields(Problems.ReferenceUnknown,
                new Dictionary<string, string[]> { ["telescope_id"] = [$"there is no telescope {wanted}"] });
        }
        var of = instruments.Rows.ToDictionary(i => i.Id);
        var here = units.Rows.Where(u => query.TelescopeId is not { } t || of[u.InstrumentId].TelescopeId == t).ToList();
        var sources = new RowsOf<Source>(ListQuery<Source>.Everything.That(SourceId, [.. here.Select(u => u.SourceId).Distinct().Select(s => (object)s)]));
        await reader.ReadAsync([sources], ct);
        var broken = BrokenModules(modules.Rows, ways.Rows, links.Rows);
        var skies = telescopes.Rows.ToDictionary(t => t.Id, t => SkyFor(t, query, weather.Rows));
        var targets = sources.Rows.ToDictionary(s => s.Id, FindTargets.Of);
        var used = here.Select(SkyOf).ToHashSet();
        return Ranked(query, here, u => Judge(u, of[u.InstrumentId], SkyOf(u), targets.GetValueOrDefault(u.SourceId), broken[u.Id], query.At),
            used.Select(s => s.Weather));

        Sky SkyOf(ObsUnit unit) => skies[of[unit.InstrumentId].TelescopeId];
    }

    private static ObservableUnits Ranked(
        ObservableQuery query, List<ObsUnit> units, Func<ObsUnit, Judgement> judge, IEnumerable<TelescopeWeather> weather)
    {
        var (good, bad) = (new List<Judgement>(), new List<ExcludedUnit>());
        foreach (var unit in units)
        {
            var judged = judge(unit);
            if (judged.Reasons.Count == 0)
                good.Add(judged);
            else
                bad.Add(new(unit.Id, unit.Name, judged.Reasons));
        }
        var ranked = good.OrderByDescending(j => j.Unit.Priority).ThenBy(j => j.Seen!.Value.Airmass).ThenBy(j => j.Unit.Id).Take(query.Limit);
        return new(query.At, [.. weather.OrderBy(w => w.TelescopeId)], good.Count, bad.Count,
            [.. ranked.Select((j, n) => new ObservableUnit(n + 1, j.Unit.Id, j.Unit.Name, j.Unit.Priority, j.TelescopeId, j.Seen!.Value))],
            [.. bad.OrderBy(b => b.ObsUnitId).Take(query.Limit)]);
    }

    private static Judgement Judge(
        ObsUnit unit, Instrument instrument, Sky sky, Target? target, IEnumerable<InstrumentModule> broken, DateTimeOffset at)
    {
        var reasons = new List<Exclusion>();
        Add(Obstacle.UnitUnavailable, "the unit", unit);
        Add(Obstacle.TelescopeUnavailable, $"the telescope {sky.Telescope.Name}", sky.Telescope);
        Add(Obstacle.InstrumentUnavailable, $"the instrument {instrument.Name}", instrument);
        foreach (var module in broken)
            Add(Obstacle.ModuleUnavailable, $"the module {module.Name}", module);
        if (target is null)
            reasons.Add(new(Obstacle.PlaceUnknown, "the place of its source cannot be computed"));
        Sighting? seen = target is null ? null : sky.Now.See(target);
        if (seen is { } where)
            reasons.AddRange(UnitLimits.Of(unit, where, sky.Weather.PwvMm, at));
        return new(unit, sky.Telescope.Id, seen, reasons);

        void Add<T>(Obstacle obstacle, string what, IAvailable<T> of)
        {
            if (!of.Available)
                reasons.Add(new(obstacle, $"{what} is out of service{(of.UnavailableReason is { } why ? $": {why}" : "")}"));
        }
    }

    /// <summary>The modules out of service that take part in a unit.</summary>
    private static ILookup<int, InstrumentModule> BrokenModules(
        IReadOnlyList<InstrumentModule> broken, IReadOnlyList<InstrumentModuleConfiguration> ways, IReadOnlyList<ObsUnitModuleConfiguration> links)
    {
        var modules = broken.ToDictionary(m => m.Id);
        var of = ways.Where(w => modules.ContainsKey(w.InstrumentModuleId)).ToDictionary(w => w.Id, w => modules[w.InstrumentModuleId]);
        return links.Where(l => of.ContainsKey(l.InstrumentModuleConfigurationId)).ToLookup(l => l.ObsUnitId, l => of[l.InstrumentModuleConfigurationId]);
    }

    private static Sky SkyFor(Telescope telescope, ObservableQuery query, IReadOnlyList<EnvironmentReading> readings)
    {
        var newest = query.PwvMm is null ? readings.Where(r => r.TelescopeId == telescope.Id && r.PwvMm is not null).MaxBy(r => r.MeasuredAt) : null;
        return new(telescope, SkyAt.Of(new(telescope.LatitudeDeg, telescope.LongitudeDeg, telescope.AltitudeM), query.At),
            new(telescope.Id, query.PwvMm ?? newest?.PwvMm, newest?.MeasuredAt));
    }

    private sealed record Sky(Telescope Telescope, SkyAt Now, TelescopeWeather Weather);

    private sealed record Judgement(ObsUnit Unit, int TelescopeId, Sighting? Seen, IReadOnlyList<Exclusion> Reasons);
}
