using System.Globalization;

namespace OpsDb.Bench;

/// <summary>
/// What the benchmarks of raw data find in the main database: files as instruments leave them, 1,000 of each execution in two packages,
/// and what files refer to. They are made by SQL; what is measured is not how they come there.
/// </summary>
internal sealed class BenchData
{
    /// <summary>Files of one execution.</summary>
    public const int PerExecution = 1000;

    public const int Packages = 2;

    /// <summary>Executions whose files one statement makes.</summary>
    private const int Together = 100;

    private const string Comment = "has files", Stamped = "1, now(), 'bench', now(), 'bench', gen_random_uuid()";
    private const string Stamps = "version, created_at, created_by, modified_at, modified_by, transaction_id";

    private const string Place =
        $"""
        with place as (
          insert into site (name, short_name, {Stamps}) values ('Bench', 'bench', {Stamped}) on conflict do nothing returning id)
        insert into data_location (site_id, name, location_type, storage_type, priority, active, path, {Stamps})
        select id, 'bench', 'source', 'disk', 100, true, '/data', {Stamped} from place;
        select 1
        """;

    private const string References =
        """
        select array[u.id, m.id, l.id]
        from obs_unit u join instrument_module m using (instrument_id), data_location l where l.name = 'bench' order by u.id, m.id limit 1
        """;

    private readonly BenchSite site;
    private readonly int unit;

    private BenchData(BenchSite site, int[] references) => (this.site, unit, Module, Location) = (site, references[0], references[1], references[2]);

    public int Module { get; }

    public int Location { get; }

    /// <summary>So many files and no others, on main and on the replica.</summary>
    /// <param name="files">A multiple of those of one execution.</param>
    public static async Task<BenchData> WithAsync(BenchSite site, int files, CancellationToken ct)
    {
        await site.MainAsync<object>(Place, ct);
        var data = new BenchData(site, await site.MainAsync<int[]>(References, ct));
        var (made, there) = (await data.MadeAsync(ct), await site.MainAsync<long>("select count(*) from raw_data_file", ct));
        if (made > files || made != there)
        {
            await site.MainAsync<object>(
                $"truncate raw_data_file, raw_data_package cascade; delete from executed_obs_unit where comment = '{Comment}'; select 1", ct);
        }
        await data.GrowAsync(files, ct);
        return data;
    }

    /// <summary>Adds files until it is so many, besides those that were registered.</summary>
    public async Task GrowAsync(int files, CancellationToken ct)
    {
        for (var next = (int)(await MadeAsync(ct) / PerExecution); next < files / PerExecution; next += Together)
            await site.MainAsync<object>(Make(next, Math.Min(next + Together, files / PerExecution) - 1), ct);
        await site.MainAsync<object>("vacuum (analyze) raw_data_file, raw_data_package, executed_obs_unit", ct);
        await site.DrainedAsync(ct);
    }

    /// <summary>Executions without files, on main and on the replica.</summary>
    public async Task<IReadOnlyList<Guid>> NewExecutionsAsync(int count, CancellationToken ct)
    {
        List<Guid> ids = [.. Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7())];
        await site.MainAsync<object>(
            $"""
            insert into executed_obs_unit (id, obs_unit_id, status, start_time, {Stamps})
            select id, {unit}, 'running', now(), {Stamped} from unnest(array['{string.Join("', '", ids)}']::uuid[]) id;
            select 1
            """, ct);
        await site.DrainedAsync(ct);
        return ids;
    }

    /// <summary>One of the executions that have files.</summary>
    public Task<Guid> AnyExecutionAsync(CancellationToken ct) =>
        site.MainAsync<Guid>($"select id from executed_obs_unit where comment = '{Comment}' order by start_time desc limit 1", ct);

    /// <summary>The content of a file that was made, as its checksum is computed from.</summary>
    public static string Content(long number) => number.ToString(CultureInfo.InvariantCulture);

    private Task<long> MadeAsync(CancellationToken ct) =>
        site.MainAsync<long>($"select count(*) * {PerExecution} from executed_obs_unit where comment = '{Comment}'", ct);

    /// <summary>Executions with the numbers e, and their files with the numbers n.</summary>
    private string Make(int first, int last) =>
        $"""
        insert into executed_obs_unit (id, obs_unit_id, status, start_time, end_time, comment, {Stamps})
        select {Id("'execution ' || e")}, {unit}, 'completed', {Time}, {Time} + interval '50 seconds', '{Comment}', {Stamped}
        from generate_series({first}, {last}) e;
        insert into raw_data_package (id, executed_obs_unit_id, instrument_module_id, part_number, build_status, state, attempt, since, {Stamps})
        select {Id("'package ' || e || ' ' || p")}, {Id("'execution ' || e")}, {Module}, p + 1, 'pending', 'waiting', 0, {Time}, {Stamped}
        from generate_series({first}, {last}) e, generate_series(0, {Packages - 1}) p;
        insert into raw_data_file
               (id, executed_obs_unit_id, instrument_module_id, source_location_id, relative_path, size_bytes, checksum, checksum_algorithm,
                file_type, raw_data_package_id, recorded_at, {Stamps})
        select {Id("'file ' || n")}, {Id("'execution ' || e")}, {Module}, {Location}, 'made/' || e || '/scan-' || lpad(n::text, 9, '0') || '.fits',
               104857600, sha256(convert_to(n::text, 'UTF8')), 'sha256',
               'science', {Id($"'package ' || e || ' ' || n % {Packages}")}, {Time}, {Stamped}
        from generate_series({first}, {last}) e, generate_series(e * {PerExecution}, (e + 1) * {PerExecution} - 1) n;
        select 1
        """;

    private const string Time = "timestamptz '2026-01-01Z' + e * interval '1 minute'";

    /// <summary>A UUIDv7 of the execution's time whose other bits follow from a text, as the product's do.</summary>
    private static string Id(string text) =>
        $"(lpad(to_hex((extract(epoch from {Time}) * 1000)::bigint), 12, '0') || '7' || left(md5({text}), 3) || '8' || right(md5({text}), 15))::uuid";
}
