namespace OpsDb.Bench;

/// <summary>What is asked of a large plan at main, beside the selects that it needs at least; request by request in turns.</summary>
internal static class PlanQuestions
{
    private const int LargestAnswer = 1 << 24, Asked = 20;

    private const string Stamps = "version, created_at, created_by, modified_at, modified_by, transaction_id";
    private const string Stamped = "1, now(), 'bench', now(), 'bench', gen_random_uuid()";

    private const string AllUnits = "select * from obs_unit where id > $1";

    private const string InCone =
        """
        select * from source
        where point(ra_deg, dec_deg) <@ box(point($1[1] - $1[3] / cos(radians($1[2])), $1[2] - $1[3]),
                                            point($1[1] + $1[3] / cos(radians($1[2])), $1[2] + $1[3]))
        order by name collate "C" limit 100
        """;

    /// <summary>Which of many units can be observed now.</summary>
    public static async Task<IReadOnlyList<Row>> MeasureObservableAsync(BenchRun run, CancellationToken ct)
    {
        var (site, count) = (await run.SiteAsync(ct), run.Scale.Units);
        await WithSourcesAsync(site, count / 5, ct);
        await site.MainAsync<object>(
            $"""
            insert into obs_unit (name, observing_program_id, source_id, obs_mode_id, instrument_id, priority, min_elevation_deg, max_pwv_mm, available,
                                  {Stamps})
            select 'bench ' || n, p.id, s.id, m.id, i.id, n % 101, 30, 1, n % 10 > 0, {Stamped}
            from generate_series((select count(*) from obs_unit) + 1, {count}) n, (select min(id) id from observing_program) p,
              (select min(id) id from obs_mode) m, (select min(id) id from instrument) i,
              lateral (select id from source where name = 'bench ' || n % {count / 5} + 1) s;
            analyze obs_unit;
            select 1
            """, ct);
        await site.DrainedAsync(ct);
        var api = await site.StartMainApiAsync("observable", ct);
        var request = RequestTemplate.Get(site.Token, "/api/v1/obs-units/observable?limit=100&pwv_mm=0.5");
        using var connection = new HttpConnection(api.Port, LargestAnswer);
        await using var bare = BareFiles.Open(site);
        connection.Exchange(request);
        var took = Turns.ByRequest(Asked, Asked, _ => BareFiles.Select(bare, 0, AllUnits), _ => connection.Exchange(request).TotalMilliseconds);
        await ServedPrograms.StopAsync(api);
        return [new($"observable_{count}", Quantile.Of(took[1], 0.5), "ms", Quantile.Of(took[0], 0.5), "value <= 300 ms")];
    }

    /// <summary>What is within half a degree of a place.</summary>
    public static async Task<IReadOnlyList<Row>> MeasureConeAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.SiteAsync(ct);
        await WithSourcesAsync(site, run.Scale.Sources, ct);
        var api = await site.StartMainApiAsync("cone", ct);
        using var connection = new HttpConnection(api.Port, LargestAnswer);
        await using var bare = BareFiles.Open(site);
        var took = Turns.ByRequest(run.Scale.Lists, run.Scale.Lists, i => BareFiles.Select(bare, Cone(i), InCone),
            i => connection.Exchange(RequestTemplate.Get(site.Token, FormattableString.Invariant(
                $"/api/v1/sources?ra={Cone(i)[0]}&dec={Cone(i)[1]}&radius={Cone(i)[2]}&limit=100"))).TotalMilliseconds);
        await ServedPrograms.StopAsync(api);
        return [new($"cone_{run.Scale.Sources}", Quantile.Of(took[1], 0.5), "ms", Quantile.Of(took[0], 0.5), "value <= 5 ms")];

        static double[] Cone(int number) => [5 + (number * 7.3 % 350), -60 + (number * 3.1 % 120), 0.5];
    }

    /// <summary>So many sources, evenly over the sky, on main and on the replica.</summary>
    private static async Task WithSourcesAsync(BenchSite site, int count, CancellationToken ct)
    {
        await site.MainAsync<object>(
            $"""
            insert into source (name, type, ra_deg, dec_deg, {Stamps})
            select 'bench ' || n, 'fixed', n * 137.50776405003785::numeric % 360,
                   degrees(asin(2 * ((n * 0.6180339887498949::numeric) % 1)::float8 - 1)), {Stamped}
            from generate_series((select count(*) from source where name like 'bench %') + 1, {count}) n;
            analyze source;
            select 1
            """, ct);
        await site.DrainedAsync(ct);
    }
}
