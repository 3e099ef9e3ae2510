using System.Text.Json;
using OpsDb.Servers;
using OpsDb.Visibility;

namespace OpsDb.Bench;

/// <summary>
/// The sky computed in this process, beside two other programs doing the same; what they find must agree as far as each is good. The season comes
/// first, while nothing of it is compiled.
/// </summary>
internal static class Skies
{
    private const int Times = 5, Sources = 500, Nights = 182;

    private static readonly Visibility.Place Site = new(-22.9859, -67.7403, 5600);
    private static readonly DateOnly First = new(2026, 11, 27);
    private static readonly FixedTarget Orion = new(83.8104, -5.3753);

    private static readonly Peer[] Peers =
    [
        // A name in the search path may be another installation, which does not see the distribution's packages.
        new("astropy", "", File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", "bench/sky_peer.py",
            "apt-get install python3-astropy", 2 / 3600.0),
        new("astronomy-engine", "_js", "node", "bench/sky_peer.mjs", "npm ci in build/npm", 1 / 60.0),
    ];

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
        var rows = new List<Row>();
        foreach (var peer in Peers)
        {
            var took = await AskAsync(peer, seen!, ct);
            rows.Add(new($"night_1{peer.Suffix}", night, "ms", took.Night, "value <= 2 ms") { Command = peer.Program });
            rows.Add(new($"season_{Nights}_cold{peer.Suffix}", season, "ms", took.Season, "value <= 100 ms") { Command = peer.Program });
            rows.Add(new($"night_{Sources}{peer.Suffix}", many, "ms", took.Many, "value <= 500 ms") { Command = peer.Program });
        }
        return rows;
    }

    private static async Task<(double Night, double Season, double Many)> AskAsync(Peer peer, TargetNight seen, CancellationToken ct)
    {
        string answer;
        try
        {
            answer = await ProgramRun.ReadAsync([peer.Language, Path.Combine(BuiltPrograms.Root, peer.Program)], ct: ct);
        }
        catch (ServersException e)
        {
            throw new SkippedException($"{peer.Name} does not run: {peer.Installation} ({e.Message})");
        }
        var found = JsonSerializer.Deserialize<JsonElement>(answer);
        foreach (var (altitude, sample) in found.GetProperty("altitudes_deg").EnumerateArray().Select(a => a.GetDouble()).Zip(seen.Samples))
        {
            if (Math.Abs(altitude - sample.AltitudeDeg) > peer.SameDeg)
                throw new BenchException($"At {sample.At:O} {peer.Name} finds an altitude of {altitude} degrees, and OpsDb {sample.AltitudeDeg}.");
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

    /// <param name="Suffix">Of the rows beside it.</param>
    /// <param name="Language">What runs it.</param>
    /// <param name="SameDeg">How far it is good.</param>
    private sealed record Peer(string Name, string Suffix, string Language, string Program, string Installation, double SameDeg);
}
