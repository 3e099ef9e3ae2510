namespace OpsDb.Bench;

/// <summary>Whether ten times as many files make registering or paging slower, at main.</summary>
internal static class ManyFiles
{
    private const int Registrations = 2;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var (site, many) = (await run.SiteAsync(ct), run.Scale.ManyFiles);
        var data = await BenchData.WithAsync(site, run.Scale.Files, ct);
        var api = await site.StartMainApiAsync("many-files", ct);
        await Registration.WarmUpAsync(site, data, api, ct);
        var page = await FileLists.FarPageAsync(run, site, api, ct);
        var (fewInserts, fewPage) = await FiguresAsync();
        await data.GrowAsync(many, ct);
        var (manyInserts, manyPage) = await FiguresAsync();
        await ServedPrograms.StopAsync(api);
        return
        [
            new($"insert_{many}", manyInserts, "files/s", fewInserts, "ratio >= 0.77"),
            new($"page_at_{many}", manyPage, "ms", fewPage, "ratio <= 1.3"),
        ];

        async Task<(double InsertsPerSecond, double PageMs)> FiguresAsync()
        {
            var seconds = 0.0;
            foreach (var registration in await Registration.NewAsync(data, Registrations, run.Scale.Registered, ct))
                seconds += await registration.SendAsync(site, api, ct);
            using var connection = new HttpConnection(api.Port);
            var took = Turns.ByRequest(run.Scale.Lists, run.Scale.Lists, SingleReads.Ask(connection, site.Token, _ => page));
            return (Registrations * run.Scale.Registered / seconds, Quantile.Of(took[0], 0.5));
        }
    }
}
