using OpsDb.Kernel;
using OpsDb.Observatories;

namespace OpsDb.Weather;

/// <summary>A reading of the environment.</summary>
/// <param name="TelescopeId">The telescope at which it was measured.</param>
/// <param name="Sensor">What measured it.</param>
/// <param name="MeasuredAt">When, UTC, to the millisecond.</param>
public sealed record NewReading(int TelescopeId, string Sensor, DateTimeOffset MeasuredAt)
{
    /// <inheritdoc cref="EnvironmentReading.PwvMm"/>
    public double? PwvMm { get; init; }

    public double? HumidityPercent { get; init; }

    public double? WindSpeedMPerS { get; init; }

    public double? WindGustMPerS { get; init; }

    /// <summary>Where the wind comes from, degrees from north through east.</summary>
    public double? WindDirectionDeg { get; init; }

    public double? TemperatureC { get; init; }

    public double? PressureHpa { get; init; }

    internal EnvironmentReading ToRow()
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(MeasuredAt.ToUnixTimeMilliseconds());
        return new()
        {
            Id = EnvironmentReading.IdOf(TelescopeId, Sensor, at),
            TelescopeId = TelescopeId,
            Sensor = Sensor,
            MeasuredAt = at,
            PwvMm = PwvMm,
            HumidityPercent = HumidityPercent,
            WindSpeedMPerS = WindSpeedMPerS,
            WindGustMPerS = WindGustMPerS,
            WindDirectionDeg = WindDirectionDeg,
            TemperatureC = TemperatureC,
            PressureHpa = PressureHpa,
        };
    }
}

/// <summary>Weather stations and radiometers have measured: all of it is recorded, or nothing. Must never be lost.</summary>
/// <param name="Items">1 to 10,000 readings.</param>
[Critical("environment.record", Deferrable = true)]
public sealed record RecordEnvironment(IReadOnlyList<NewReading> Items) : ICommand<RecordedReadings>
{
    private const int MaxReadings = 10_000;

    internal sealed class Handler(IReader<EnvironmentReading, Guid> readings, IReader<Telescope, int> telescopes, RowValidation rules)
        : ICommandHandler<RecordEnvironment, RecordedReadings>
    {
        public async Task<Decision<RecordedReadings>> Decide(RecordEnvironment command, CancellationToken ct)
        {
            if (command.Items.Count is 0 or > MaxReadings)
            {
                throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]>
                {
                    ["items"] = [$"has 1 to {MaxReadings} readings, not {command.Items.Count}"],
                });
            }
            List<EnvironmentReading> given = [.. command.Items.Select(i => i.ToRow())];
            rules.Check(EnvironmentReading.Table, given, n => $"{At(n)}.");
            await RequireTelescopesAsync(given, ct);
            var known = (await readings.FindManyAsync([.. given.Select(r => r.Id).Distinct()], ct)).ToDictionary();
            var (changes, errors, before) = (new Changes(), new FieldErrors(), 0);
            foreach (var (n, reading) in given.Index())
            {
                if (known.TryAdd(reading.Id, reading))
                    _ = given.Count == 1 ? changes.Create(reading) : changes.CreateOneOfMany(reading);
                else if (known[reading.Id].IsSame(reading))
                    before++;
                else
                    errors.Add($"{At(n)}.measured_at", $"{reading.Sensor} has said something else of that instant, see {reading.Id}");
            }
            errors.ThrowIfAny(Problems.AlreadyExists);
            return new(changes, _ => new(given.Count, before));
        }

        private async Task RequireTelescopesAsync(List<EnvironmentReading> given, CancellationToken ct)
        {
            var (found, errors) = (await telescopes.FindManyAsync([.. given.Select(r => r.TelescopeId).Distinct()], ct), new FieldErrors());
            foreach (var (n, reading) in given.Index().Where(r => !found.ContainsKey(r.Item.TelescopeId)))
                errors.Add($"{At(n)}.telescope_id", $"there is no telescope {reading.TelescopeId}");
            errors.ThrowIfAny(Problems.ReferenceUnknown);
        }

        private static string At(int index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"items[{index}]");
    }
}

/// <summary>What became of readings that were sent together.</summary>
/// <param name="Count">How many the request had.</param>
/// <param name="Known">How many of them were there before, with the same values.</param>
public sealed record RecordedReadings(int Count, int Known);
