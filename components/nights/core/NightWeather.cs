using OpsDb.Weather;

namespace OpsDb.Nights;

/// <summary>Sums up the readings of a night.</summary>
internal static class NightWeather
{
    private static readonly (string Quantity, Func<EnvironmentReading, double?> Value)[] Quantities =
    [
        ("pwv_mm", r => r.PwvMm), ("humidity_percent", r => r.HumidityPercent), ("wind_speed_m_per_s", r => r.WindSpeedMPerS),
        ("wind_gust_m_per_s", r => r.WindGustMPerS), ("temperature_c", r => r.TemperatureC), ("pressure_hpa", r => r.PressureHpa),
    ];

    public static IReadOnlyList<Measured> Of(IReadOnlyList<EnvironmentReading> readings) =>
    [
        .. Quantities.Select(q => (q.Quantity, Values: readings.Select(q.Value).OfType<double>().Order().ToList())).Where(q => q.Values.Count > 0)
            .Select(q => new Measured(q.Quantity, q.Values.Count, q.Values[0], q.Values[q.Values.Count / 2], q.Values[^1])),
    ];
}
