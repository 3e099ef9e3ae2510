using System.Text.Json;
using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>
/// The site's starts beside an API in Python that keeps each write in four places of the same Redis (bench/peer.py): FastAPI
/// on uvloop and httptools, two workers of uvicorn, the same load.
/// </summary>
internal static class Peer
{
    private const string Packages = "python3-fastapi python3-uvloop python3-httptools uvicorn python3-redis python3-hiredis";
    private const string AskVersions =
        """
        import json, sys
        import fastapi, hiredis, httptools, redis.asyncio, uvicorn, uvloop
        print(json.dumps({'Python': sys.version.split()[0], 'FastAPI': fastapi.__version__, 'uvicorn': uvicorn.__version__}))
        """;
    private static readonly string[] Server =
    [
        "-m", "uvicorn", "--app-dir", "bench", "--workers", "2", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
        "peer:app",
    ];

    // A name in the search path may be another installation, which does not see the distribution's packages.
    private static readonly string Python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        if ((await VersionsAsync(ct)).Count == 0)
            throw new SkippedException($"the peer's packages are not there: apt-get install {Packages}");
        var site = await run.WarmSiteAsync(ct);
        var settings = new Dictionary<string, string>
        {
            ["OPSDB_BENCH_REDIS_PORT"] = $"{site.Servers.Redis.Port}",
            [FloorCommand.PasswordVariable] = site.Servers.Redis.Password,
            ["PYTHONDONTWRITEBYTECODE"] = "1",
        };
        var words = Server.Select(w => w == "bench" ? Path.Combine(BuiltPrograms.Root, "bench") : w).ToList();
        var peer = await site.Programs.StartAsync("peer", settings, port => [Python, .. words, "--port", $"{port}"], ct);
        await site.Load.CountAsync(run.Scale.WarmUp / 10, peer, Starts.Connections);
        var row = await Turns.MeasureAsync("start_16_vs_peer", "ratio >= 4", () => Starts.ForATurnAsync(run, site, ct),
            // Its workers are processes of their own, whose time is not known here.
            async () => await site.Load.ForAsync(run.Scale.Turn, peer, Starts.Connections) with { Cpu = null });
        await ServedPrograms.StopAsync(peer);
        return [row with { Command = $"python3 {string.Join(' ', Server)}" }];
    }

    /// <summary>Python's and its packages'; none when one of them is missing.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> VersionsAsync(CancellationToken ct)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(await ProgramRun.ReadAsync([Python, "-c", AskVersions], ct: ct))!;
        }
        catch (ServersException)
        {
            return new Dictionary<string, string>();
        }
    }
}
