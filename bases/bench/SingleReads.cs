namespace OpsDb.Bench;

/// <summary>A row of reads, one after another over one connection.</summary>
/// <param name="IsList">Whether the newest 100 executions are read, or one by its id.</param>
internal sealed record ReadRow(string Name, Place Place, bool IsList)
{
    /// <summary>In a newest-first list of ids, which has more than a page.</summary>
    public const int Page = 100;

    public string Target => Place == Place.SiteWithFloor ? "ratio <= 2.2" : "ratio <= 1.8";

    public string Path(IReadOnlyList<Guid> ids, int number) => IsList ? $"{Reads.Executions}?limit={Page}" : $"{Reads.Executions}/{ids[number % ids.Count]}";

    /// <summary>Of the bare endpoint.</summary>
    public string BarePath(IReadOnlyList<Guid> ids, int number) =>
        $"{(Place == Place.Main ? BareReads.Main : BareReads.Site)}{(IsList ? "" : $"/{ids[number % ids.Count]}")}";

    /// <exception cref="BenchException">The answer has not the executions, or has others.</exception>
    public void Check(string answer, IReadOnlyList<Guid> ids)
    {
        var wanted = IsList ? ids.Take(Page) : ids.Take(1);
        if (!wanted.All(Has) || Has(ids[wanted.Count()]))
            throw new BenchException($"{Name}: the answer has not the executions that were asked for: {answer}");

        bool Has(Guid id) => answer.Contains($"\"{id}\"", StringComparison.Ordinal);
    }
}

/// <summary>
/// One read after another at each place, with nothing pending, beside a bare endpoint that reads the same rows of the same database by one
/// select and, where a site is read, asks Redis once before; in turns request by request.
/// </summary>
internal static class SingleReads
{
    private const int SelectedIds = 500;

    public static IReadOnlyList<ReadRow> Rows { get; } =
    [
        new("get_1_main", Place.Main, false),
        new("list_1_main", Place.Main, true),
        new("get_1_site", Place.Site, false),
        new("list_1_site", Place.Site, true),
        // Last, because a floor stays.
        new("get_1_site_floor", Place.SiteWithFloor, false),
        new("list_1_site_floor", Place.SiteWithFloor, true),
    ];

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.SiteAsync(ct);
        var bare = await site.StartBareReadsAsync(ct);
        var build = new BuildSites(site, "reads");
        var ids = await NewestIdsAsync(site, ct);
        var rows = new List<Row>();
        foreach (var row in Rows)
            rows.Add(await MeasureAsync(run.Scale.Gets, site, build, bare, row, ids, ct));
        await build.StopAsync();
        await ServedPrograms.StopAsync(bare);
        return rows;
    }

    /// <summary>More than a page, the newest first.</summary>
    public static Task<Guid[]> NewestIdsAsync(BenchSite site, CancellationToken ct) => site.MainAsync<Guid[]>(
        $"select array_agg(id) from (select id from executed_obs_unit order by start_time desc, id desc limit {SelectedIds}) newest", ct);

    /// <summary>Asks by the path of a number over a connection, and tells milliseconds.</summary>
    public static Func<int, double> Ask(HttpConnection connection, string? token, Func<int, string> path) =>
        i => connection.Exchange(RequestTemplate.Get(token, path(i))).TotalMilliseconds;

    private static async Task<Row> MeasureAsync(
        int count, BenchSite site, BuildSites build, Endpoint bare, ReadRow row, IReadOnlyList<Guid> ids, CancellationToken ct)
    {
        using var asked = new HttpConnection((await build.AtAsync(row.Place, ct)).Port);
        using var floor = new HttpConnection(bare.Port);
        var (value, least) = (Ask(asked, site.Token, i => row.Path(ids, i)), Ask(floor, null, i => row.BarePath(ids, i)));
        foreach (var (connection, ask) in ((HttpConnection, Func<int, double>)[])[(asked, value), (floor, least)])
        {
            ask(0);
            row.Check(connection.Text, ids);
        }
        var took = Turns.ByRequest(2 * count, count, least, value);
        await build.RequireAsync(row.Place);
        return new(row.Name, Quantile.Of(took[1], 0.5), "ms", Quantile.Of(took[0], 0.5), row.Target, Quantile.Of(took[1], 0.99));
    }
}
