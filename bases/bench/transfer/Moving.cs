namespace OpsDb.Bench;

/// <summary>
/// Packing and moving beside <c>cp</c> followed by <c>sha256sum</c> of the same files: one large file, and many small ones. What OpsDb does
/// is more: it compares with what was registered, syncs the disk, and records.
/// </summary>
internal static class Moving
{
    private const int Rounds = 3;

    private const int SmallKibibytes = 64;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.SiteAsync(ct);
        var api = await site.StartMainApiAsync("moving-main", ct);
        var data = await MovedData.MakeAsync(site, api, ct);
        try
        {
            return [.. await LargeAsync(run, data, ct), .. await SmallAsync(run, data, ct)];
        }
        finally
        {
            data.Delete();
            await ServedPrograms.StopAsync(api);
        }
    }

    private static async Task<IReadOnlyList<Row>> LargeAsync(BenchRun run, MovedData data, CancellationToken ct)
    {
        var (packing, moving, floors) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var folder = await data.WriteAsync(1, run.Scale.LargeMebibytes * 1024, ct);
            floors.Add(await data.CopyBarelyAsync(folder, ct));
            packing.Add(await data.RunNearAsync("package", ct));
            await data.RunNearAsync("bundle", ct);
            moving.Add(await data.RunFarAsync("transfer", ct));
            Directory.Delete(folder, recursive: true);
        }
        double mebibytes = run.Scale.LargeMebibytes;
        return
        [
            Rate("package_large", mebibytes, packing, floors),
            Rate("transfer_large", mebibytes, moving, floors),
        ];
    }

    private static async Task<IReadOnlyList<Row>> SmallAsync(BenchRun run, MovedData data, CancellationToken ct)
    {
        var (packing, floors) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var folder = await data.WriteAsync(run.Scale.SmallFiles, SmallKibibytes, ct);
            floors.Add(await data.CopyBarelyAsync(folder, ct));
            packing.Add(await data.RunNearAsync("package", ct));
            Directory.Delete(folder, recursive: true);
        }
        var (middle, floor) = (Quantile.Of(packing, 0.5), Quantile.Of(floors, 0.5));
        return
        [
            Rate("package_small", run.Scale.SmallFiles * SmallKibibytes / 1024.0, packing, floors),
            new("packaged_files", run.Scale.SmallFiles / middle, "1/s", run.Scale.SmallFiles / floor, "value >= 1000"),
        ];
    }

    private static Row Rate(string name, double mebibytes, IReadOnlyList<double> seconds, IReadOnlyList<double> floors) =>
        new(name, mebibytes / Quantile.Of(seconds, 0.5), "MiB/s", mebibytes / Quantile.Of(floors, 0.5), "ratio >= 0.8");
}
