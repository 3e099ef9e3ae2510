using System.Globalization;
using OpsDb.Visibility;

namespace OpsDb.UnitTests.Visibility;

/// <summary>One value of another implementation; reference.csv says which.</summary>
public sealed record Reference(string Quantity, string Target, string Latitude, string Longitude, string Height, string Time, string Value, string Azimuth)
{
    private static readonly Dictionary<string, FixedTarget> Stars = new()
    {
        ["sirius"] = new(101.28715533, -16.71611586) { PmRaMasYr = -546.01, PmDecMasYr = -1223.07, ParallaxMas = 379.21 },
        ["barnard"] = new(269.45207696, 4.69336497) { PmRaMasYr = -798.58, PmDecMasYr = 10328.12, ParallaxMas = 546.98 },
        ["orion_kl"] = new(83.8104, -5.3753),
        ["polaris"] = new(37.95456067, 89.26410897) { PmRaMasYr = 44.48, PmDecMasYr = -11.85, ParallaxMas = 7.54 },
        ["61_cyg"] = new(316.72474829, 38.74941555) { PmRaMasYr = 4168.31, PmDecMasYr = 3269.20, ParallaxMas = 285.88 },
        ["sgr_a"] = new(266.416837, -29.007806) { PmRaMasYr = -3.151, PmDecMasYr = -5.547 },
        ["ra_360"] = new(359.9999, -10),
        ["ra_0"] = new(0, 10),
        ["dec_90"] = new(0, 90),
        ["dec_minus_90"] = new(0, -90),
        ["irc_10216"] = new(146.989193, 13.278768) { PmRaMasYr = 33.84, PmDecMasYr = 10 },
    };

    public static IReadOnlyList<Reference> All { get; } =
    [
        .. File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "visibility", "reference.csv"))
            .Where(l => !l.StartsWith('#')).Skip(1).Select(l => l.Split(',')).Select(c => new Reference(c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7])),
    ];

    public Place Place => new(Number(Latitude), Number(Longitude), Number(Height));

    public DateTimeOffset Instant => DateTimeOffset.Parse(Time, CultureInfo.InvariantCulture);

    public DateOnly Night => DateOnly.ParseExact(Time, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    public DateTimeOffset? Moment => Value == "none" ? null : DateTimeOffset.Parse(Value, CultureInfo.InvariantCulture);

    public Target Looked => Stars.TryGetValue(Target, out var star) ? star : new BodyTarget(Enum.Parse<Body>(Target, ignoreCase: true));

    /// <summary>What is looked at, as the tolerances distinguish it.</summary>
    public string Kind => Target switch { "sun" => "Sun", "moon" => "Moon", "" => "Earth", _ => Stars.ContainsKey(Target) ? "stars" : "planets" };

    public override string ToString() => $"{Quantity} of {Target} at {Latitude},{Longitude} {Time}";

    public static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
