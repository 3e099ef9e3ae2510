using System.Globalization;
using System.Text;
using System.Text.Json;
using Dapper;
using Npgsql;
using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Schema;

/// <summary>
/// Which index answers each filter of the large tables: PostgreSQL's own plan for the SQL that the list makes, over made-up rows that are
/// spread as real ones are.
/// </summary>
internal sealed class FilterPlans(TestInstallation installation, IEnumerable<Table> tables)
{
    private const string Head =
        """

        ## Which index answers a filter

        PostgreSQL's plan for the first page of a list with this filter alone, in the order that the list has when it is asked for none, over 20,000
        executions, 10,000 packages, each with its ObsCore record, 50,000 files, and 50,000 readings of the environment and 50,000 entries of the
        audit trail of three years; of a range the first or the last night. *Found* are rows by an index, and then sorted where it says so. *Walked*
        are rows in the order of the list: those that match are kept, until the page is full; that is fast when many match, and reads the whole
        table when none do. *Scanned* is the whole table.

        """;

    /// <summary>20,000 executions through three years; files and packages of each tenth of them.</summary>
    private const string Rows =
        """
        create function pg_temp.uuid_of(at timestamptz, what text) returns uuid language sql immutable as $body$
          select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(what), 1, 3) || '8' || substr(md5(what), 4, 15))::uuid
        $body$;
        insert into site (id, name, short_name, version, created_at, created_by, modified_at, modified_by, transaction_id)
        values (1, 'Telescope', 'telescope', 1, now(), 'a', now(), 'a', gen_random_uuid());
        insert into data_location (id, site_id, name, location_type, storage_type, path, priority, active,
                                   version, created_at, created_by, modified_at, modified_by, transaction_id)
        select n, 1, 'disk' || n, 'source', 'disk', '/data', 1, true, 1, now(), 'a', now(), 'a', gen_random_uuid() from generate_series(1, 4) n;
        insert into executed_obs_unit (id, obs_unit_id, status, quality, start_time, end_time,
                                       version, created_at, created_by, modified_at, modified_by, transaction_id)
        select pg_temp.uuid_of(at, 'execution' || n), 1 + n % 76,
               case when n > 19990 then 'running' when n % 50 = 0 then 'aborted' when n % 50 = 1 then 'failed' else 'completed' end,
               case n % 10 when 0 then 'bad' when 1 then 'usable' when 2 then null else 'good' end, at, case when n <= 19990 then at + interval '40 min' end,
               1, at, 'a', at, 'a', gen_random_uuid()
        from generate_series(1, 20000) n, lateral (select '2026-01-01Z'::timestamptz + n * interval '75 min') clock (at);
        create temp table observed as
          select id, start_time as at, (row_number() over (order by start_time))::integer as n from executed_obs_unit
          where (extract(epoch from start_time)::bigint / 4500) % 10 = 0;
        insert into raw_data_package (id, executed_obs_unit_id, instrument_module_id, part_number, finalized_at, build_status, state, attempt, since,
                                      data_transfer_package_id, metadata, version, created_at, created_by, modified_at, modified_by, transaction_id)
        select pg_temp.uuid_of(at, concat('package', n, part)), id, 1 + n % 2, part, case when n < 1950 then at end,
               case when n < 1900 then 'completed' when n < 1950 then 'in_progress' else 'pending' end,
               case when n < 1800 then 'archived' when n < 1900 then 'transferring' else 'waiting' end, 0, at,
               case when n < 1900 then pg_temp.uuid_of(date_trunc('month', at), 'bundle') end,
               jsonb_build_object('scan', n, 'band', n % 7), 1, at, 'a', at, 'a', gen_random_uuid()
        from observed, generate_series(1, 5) part;
        insert into raw_data_package_metadata (id, calib_level, obs_collection, obs_id, obs_publisher_did, dataproduct_type, target_name, s_ra, s_dec,
                                               t_min, t_max, em_min, em_max, facility_name, instrument_name,
                                               version, created_at, created_by, modified_at, modified_by, transaction_id)
        select p.id, n % 3, 'program' || n % 5, o.id::text, 'ivo://example.org/raw?' || p.id, case when n % 2 = 0 then 'cube' else 'timeseries' end,
               'target' || n % 76, n % 76 * 4.7, n % 76 - 38, mjd, mjd + 0.03, 0.0003 * (1 + n % 2), 0.0004 * (1 + n % 2), 'Observatory',
               'Camera/module' || n % 2, 1, at, 'a', at, 'a', gen_random_uuid()
        from observed o join raw_data_package p on p.executed_obs_unit_id = o.id, lateral (select 40587 + extract(epoch from at) / 86400) clock (mjd);
        insert into raw_data_file (id, executed_obs_unit_id, instrument_module_id, source_location_id, relative_path, size_bytes,
                                   checksum, checksum_algorithm, file_type, raw_data_package_id, recorded_at,
                                   version, created_at, created_by, modified_at, modified_by, transaction_id)
        select pg_temp.uuid_of(o.at, concat('file', o.n, part, f)), o.id, p.instrument_module_id, 1 + o.n % 4,
               format('%s/scan-%s/%s-%s.fits', to_char(o.at, 'YYYY/MM/DD'), o.n, part, f), 1000 * f,
               sha256(concat('file', o.n, part, f)::bytea), 'sha256',
               case f when 5 then 'calibration' else 'science' end, case when o.n < 1950 then p.id end, o.at + f * interval '1 min',
               1, o.at, 'a', o.at, 'a', gen_random_uuid()
        from observed o join raw_data_package p on p.executed_obs_unit_id = o.id, lateral (select p.part_number) parts (part), generate_series(1, 5) f;
        insert into executed_module_configuration (id, executed_obs_unit_id, instrument_module_configuration_id,
                                                   version, created_at, created_by, modified_at, modified_by, transaction_id)
        select pg_temp.uuid_of(start_time, concat('way', id)), id, 1 + get_byte(uuid_send(id), 15) % 20, 1, start_time, 'a', start_time, 'a', gen_random_uuid()
        from executed_obs_unit;
        insert into instrument_configuration (id, instrument_module_id, instrument_module_configuration_id, settings, set_at,
                                              version, created_at, created_by, modified_at, modified_by, transaction_id)
        select pg_temp.uuid_of(at, 'set' || n), 1 + n % 4, case when n % 5 > 0 then 1 + n % 20 end, '{}', at, 1, at, 'a', at, 'a', gen_random_uuid()
        from generate_series(1, 10000) n, lateral (select '2026-01-01Z'::timestamptz + n * interval '150 min') clock (at);
        insert into environment_reading (id, telescope_id, sensor, measured_at, pwv_mm,
                                         version, created_at, created_by, modified_at, modified_by, transaction_id)
        select pg_temp.uuid_of(at, 'reading' || n), 1 + n % 2, 'sensor' || n % 3, at, 0.5, 1, at, 'a', at, 'a', gen_random_uuid()
        from generate_series(1, 50000) n, lateral (select '2026-01-01Z'::timestamptz + n * interval '30 min') clock (at);
        insert into audit_entry (id, at, site, user_name, token_id, action, outcome, target, address, detail,
                                 version, created_at, created_by, modified_at, modified_by, transaction_id)
        select pg_temp.uuid_of(at, 'audit' || n), at, case when n % 3 = 0 then 'main' else 'telescope' end, 'user' || n % 100,
               pg_temp.uuid_of('2026-01-01Z', 'token' || n % 200), 'action' || n % 20,
               case when n % 50 = 0 then 'failed' when n % 3 = 0 then 'refused' else 'done' end, 'table/' || n % 5000, '192.0.2.7', '{}',
               1, at, 'a', at, 'a', gen_random_uuid()
        from generate_series(1, 50000) n, lateral (select '2026-01-01Z'::timestamptz + n * interval '30 min') clock (at);
        """;

    public async Task<string> WriteAsync()
    {
        await using var connection = new NpgsqlConnection($"{installation.Main.ToConnectionString()};Pooling=false");
        await connection.OpenAsync();
        // The rows refer to each other as they should, and nothing has to look; of each table all rows are looked at.
        await connection.ExecuteAsync($"set session_replication_role = replica; {Rows} set default_statistics_target = 1000; analyze");
        var text = new StringBuilder(Head);
        foreach (var table in tables.Where(t => t.IsLarge).OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\nOf {table.Name}:\n\n");
            var lines = (Task<List<string[]>>)GetType().GetMethod(nameof(LinesAsync))!.MakeGenericMethod(table.RowType).Invoke(null, [connection])!;
            SchemaDocument.Rows(text, "| filter | rows are | by |", await lines);
        }
        return text.ToString();
    }

    public static async Task<List<string[]>> LinesAsync<T>(NpgsqlConnection connection) where T : Row, IRow<T>
    {
        var lines = new List<string[]>();
        var names = await NamesAsync(connection, T.Table);
        Assert.That(names, Is.Not.Empty, $"{T.Table.Name} is large, and no rows of it are made up here");
        foreach (var filter in T.Table.Filters)
        {
            foreach (var (text, name) in await ValuesAsync(connection, filter))
            {
                var query = ListQuery<T>.Parse(new Dictionary<string, IReadOnlyList<string>> { [filter.Parameter] = [text] });
                var (sql, parameters) = ListSql.Page(query, [], null);
                var plan = await connection.ExecuteScalarAsync<string>($"explain (costs off, format json) {sql}", parameters);
                lines.Add([$"`{name}`", .. Summary(JsonDocument.Parse(plan!).RootElement[0].GetProperty("Plan"), filter.Columns, names)]);
            }
        }
        return lines;
    }

    /// <summary>What the filter is asked for: each of few values, else one; of a range the first or last thousandth.</summary>
    private static async Task<IReadOnlyList<(string Text, string Name)>> ValuesAsync<T>(NpgsqlConnection connection, Filter<T> filter) where T : Row, IRow<T>
    {
        var column = filter.Columns[0];
        if (filter is IsSetFilter<T>)
            return [("true", $"{filter.Parameter}=true"), ("false", $"{filter.Parameter}=false")];
        if (filter is RangeFilter<T>)
        {
            var share = filter.Parameter.EndsWith("_before", StringComparison.Ordinal) ? 0.001 : 0.999;
            var at = await connection.QuerySingleAsync<string>(
                $"select to_jsonb(percentile_disc(@share) within group (order by {column})) #>> '{{}}' from {T.Table.Name}", new { share });
            return [(at, filter.Parameter)];
        }
        if (filter is ConeFilter<T>)
        {
            var centre = $"select concat_ws(',', {string.Join(", ", filter.Columns)}, 0.5) from {T.Table.Name} order by id offset 777 limit 1";
            return [(await connection.QuerySingleAsync<string>(centre), filter.Parameter)];
        }
        if (filter.Form.Type.Type.IsEnum)
            return [.. Enum.GetValues(filter.Form.Type.Type).Cast<Enum>().Select(EnumText.Of).Select(v => (v, $"{filter.Parameter}={v}"))];
        var written = filter.Form.Type.Type == typeof(byte[]) ? $"encode({column}, 'hex')" : $"{column}::text";
        var value = await connection.ExecuteScalarAsync<string>(
            $"select {written} from {T.Table.Name} where {column} is not null order by id offset 777 limit 1");
        return [(filter is PrefixFilter<T> ? value![..^8] : value!, filter.Parameter)];
    }

    /// <summary>How a plan comes to the rows, and by which indexes. Nothing is said of partitions that are empty.</summary>
    private static string[] Summary(JsonElement plan, IReadOnlyList<string> columns, IReadOnlyDictionary<string, string> names)
    {
        var nodes = Nodes(plan).ToList();
        var scans = nodes.Where(n => names.ContainsKey(Text(n, "Index Name")) || (IsScan(n) && names.ContainsKey(Text(n, "Relation Name")))).ToList();
        var how = scans.Select(n => IsScan(n) ? "scanned" : Names(n, "Index Cond") || !Names(n, "Filter") ? "found" : "walked");
        var sorted = nodes.Any(n => Text(n, "Node Type").EndsWith("Sort", StringComparison.Ordinal)) ? ", then sorted" : "";
        var indexes = scans.Select(n => Text(n, "Index Name")).Where(n => n.Length > 0).Select(n => $"`{names[n]}`");
        return [$"{string.Join(" or ", how.Distinct().Order())}{sorted}", string.Join(", ", indexes.Distinct().Order(StringComparer.Ordinal))];

        bool IsScan(JsonElement node) => Text(node, "Node Type") == "Seq Scan";

        bool Names(JsonElement node, string property) => columns.Any(c => Text(node, property).Contains(c, StringComparison.Ordinal));
    }

    private static string Text(JsonElement node, string property) => node.TryGetProperty(property, out var text) ? text.GetString()! : "";

    private static IEnumerable<JsonElement> Nodes(JsonElement plan) =>
        plan.TryGetProperty("Plans", out var below) ? below.EnumerateArray().SelectMany(Nodes).Prepend(plan) : [plan];

    /// <summary>The table, or its partitions that have rows, and their indexes, each with the name that the document has for it.</summary>
    private static async Task<IReadOnlyDictionary<string, string>> NamesAsync(NpgsqlConnection connection, Table table) =>
        (await connection.QueryAsync<(string Name, string Shown)>(
            """
            with part as (
              select c.oid, c.relname from pg_class c
              where (c.oid = @table::regclass or c.oid in (select relid from pg_partition_tree(@table::regclass))) and c.relkind = 'r' and c.reltuples > 0)
            select relname::text, @table from part
            union all
            select i.relname::text, coalesce(pg_partition_root(i.oid)::regclass::text, replace(i.relname, part.relname, @table))
            from part join pg_index x on x.indrelid = part.oid join pg_class i on i.oid = x.indexrelid
            """,
            new { table = table.Name })).ToDictionary(r => r.Name, r => r.Shown);
}
