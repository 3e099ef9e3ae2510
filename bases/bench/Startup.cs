using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>
/// From the start of the data API's process until /health/ready answers 200, with its servers up, and the memory it has in use
/// when it has nothing to do; beside the bare endpoint.
/// </summary>
internal static class Startup
{
    private const int DontNeed = 4;

    // The folders of the programs.
    private static readonly string DataApi = Path.GetDirectoryName(BuiltPrograms.DataApi)!, Bench = Path.GetDirectoryName(BuiltPrograms.Of("opsdb-bench"))!;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.SiteAsync(ct);
        // The site's very first start begins its log.
        await ServedPrograms.StopAsync(await StartAsync(DataApi));
        var (cold, coldFloor) = await StartBothAsync(
            UncachedCopy(DataApi, Path.Combine(site.Home, "cold-api")), UncachedCopy(Bench, Path.Combine(site.Home, "cold-floor")));
        await ServedPrograms.StopAsync(cold, coldFloor);
        List<(Endpoint Api, Endpoint Floor)> warm = [];
        for (var i = 0; i < run.Scale.Restarts; i++)
        {
            if (i > 0)
                await ServedPrograms.StopAsync(warm[^1].Api, warm[^1].Floor);
            warm.Add(await StartBothAsync(DataApi, Bench));
        }
        await Task.Delay(run.Scale.Idle, ct);
        Row[] rows =
        [
            new("startup_cold", cold.StartedIn.TotalSeconds, "s", coldFloor.StartedIn.TotalSeconds, "value <= 3 s"),
            new("startup_warm", Median(warm.Select(w => w.Api)), "s", Median(warm.Select(w => w.Floor)), "value <= 3 s"),
            new("idle_memory", warm[^1].Api.ResidentBytes / Memory.Mebibyte, "MiB", warm[^1].Floor.ResidentBytes / Memory.Mebibyte, "none"),
        ];
        await ServedPrograms.StopAsync(warm[^1].Api, warm[^1].Floor);
        return rows;

        Task<Endpoint> StartAsync(string folder) => site.StartApiAsync("restarted", ct, folder);

        async Task<(Endpoint Api, Endpoint Floor)> StartBothAsync(string folder, string floorFolder) =>
            (await StartAsync(folder), await site.StartFloorAsync(ct, floorFolder));
    }

    private static double Median(IEnumerable<Endpoint> started) => Quantile.Of([.. started.Select(e => e.StartedIn.TotalSeconds)], 0.5);

    /// <summary>
    /// A copy of a program that has to be read from the disk. Of .NET itself nothing is taken out of memory: other processes use it.
    /// </summary>
    private static string UncachedCopy(string program, string folder)
    {
        foreach (var file in Directory.EnumerateFiles(program, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder, Path.GetRelativePath(program, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
            using var handle = File.OpenHandle(copy, access: FileAccess.ReadWrite);
            // Only what is on the disk leaves the memory.
            RandomAccess.FlushToDisk(handle);
            if (posix_fadvise(handle, 0, 0, DontNeed) is not 0 and var error)
                throw new BenchException($"{copy} cannot be taken out of memory (error {error}).");
        }
        return folder;
    }

    [DllImport("libc")]
    private static extern int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);
}
