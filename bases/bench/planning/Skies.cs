using System.Text.Json;
using OpsDb.Servers;
using OpsDb.Visibility;

namespace OpsDb.Bench;

/// <summary>
/// The sky computed in this process, beside astropy (bench/sky_peer.py) doing the same; what both find must agree within 2″. The season comes first,
/// while nothing of it is compiled.
/// </summary>
internal static class Skies
{
    private const int Times = 5, Sources = 500, Nights = 182;
    private const double SameDeg = 2 / 3600.0;

    private static readonly Visibility.Place Site = new(-22.9859, -67.7403, 5600);
    private static readonly DateOnly First = new(2026, 11, 27);
    private static readonly FixedTarget Orion = new(83.8104, -5.3753);

    // A name in the search path may be another installation, which does not see the distribution's packages.
    private static readonly string Python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var season = Once(() => HeatMap.Of(Site, Orion, First, First.AddDays(Nights - 1), TimeSpan.FromMinutes(30), 30, -18));
        TargetNight? seen = null;
        var night = Median(() => seen = new NightSky(Site, First, TimeSpan.FromMinutes(10)).See(Orion));
        var many = Median(() =>
        {
            var sky = new NightSky(Site, First, TimeSpan.FromMinutes(10));
            foreach (var n in Enumerable.Range(0, Sources))
                sky.See(new FixedTarget(n * 0.7, (n % 160) - 80));
        });
        var peer = await PeerAsync(seen!, ct);
        return
        [
            new("night_1", night, "ms", peer.Night, "value <= 2 ms") { Command = "bench/sky_peer.py" },
            new($"season_{Nights}_cold", season, "ms", peer.Season, "value <= 100 ms") { Command = "bench/sky_peer.py" },
            new($"night_{Sources}", many, "ms", peer.Many, "value <= 500 ms") { Command = "bench/sky_peer.py" },
        ];
    }

    private static async Task<(double Night, double Season, double Many)> PeerAsync(TargetNight seen, CancellationToken ct)
    {
        string answer;
        try
        {
            answer = await ProgramRun.ReadAsync([Python, Path.Combine(BuiltPrograms.Root, "bench", "sky_peer.py")], ct: ct);
        }
        catch (ServersException e)
        {
            throw new SkippedException($"astropy does not run: apt-get install python3-astropy ({e.Message})");
        }
        var found = JsonSerializer.Deserialize<JsonElement>(answer);
        foreach (var (altitude, sample) in found.GetProperty("altitudes_deg").EnumerateArray().Select(a => a.GetDouble()).Zip(seen.Samples))
        {
            if (Math.Abs(altitude - sample.AltitudeDeg) > SameDeg)
                throw new BenchException($"At {sample.At:O} astropy finds an altitude of {altitude} degrees, and OpsDb {sample.AltitudeDeg}.");
        }
        return (found.GetProperty("night_ms").GetDouble(), found.GetProperty("season_ms").GetDouble(), found.GetProperty("night_500_ms").GetDouble());
    }

    private static double Once(Action compute)
    {
        var started = TimeProvider.System.GetTimestamp();
        compute();
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Median(Action compute) => Enumerable.Range(0, Times).Select(_ => Once(compute)).Order().ElementAt(Times / 2);
}
