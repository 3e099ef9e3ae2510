using Npgsql;
using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>The least that PostgreSQL itself needs for what is asked of raw data, on the primary.</summary>
internal static class BareFiles
{
    public const string ListCommand = "copy (select * from raw_data_file order by id) to stdout";
    private const string Table = "bench_raw_data_file";

    /// <summary>COPY of the files of an execution into an empty table with the same columns and indexes, committed to disk.</summary>
    /// <returns>Seconds.</returns>
    public static async Task<double> CopyAsync(BenchSite site, Guid execution, CancellationToken ct)
    {
        // A partition has all indexes that the files have.
        await site.MainAsync<object>($"drop table if exists {Table}; create table {Table} (like raw_data_file_other including all); select 1", ct);
        await using var connection = new NpgsqlConnection($"{site.Servers.Primary!.Owner.ToConnectionString()};Command Timeout=0");
        await connection.OpenAsync(ct);
        string rows;
        var select = $"select * from raw_data_file where executed_obs_unit_id = '{execution}'";
        using (var export = await connection.BeginTextExportAsync($"copy ({select}) to stdout", ct))
            rows = await export.ReadToEndAsync(ct);
        var started = TimeProvider.System.GetTimestamp();
        await using (var import = await connection.BeginTextImportAsync($"copy {Table} from stdin", ct))
            await import.WriteAsync(rows.AsMemory(), ct);
        var took = TimeProvider.System.GetElapsedTime(started);
        await site.MainAsync<object>($"drop table {Table}; select 1", ct);
        return took.TotalSeconds;
    }

    /// <summary>All files in the order of a list, copied out by psql.</summary>
    /// <returns>Seconds.</returns>
    public static async Task<double> ListAsync(BenchSite site, CancellationToken ct)
    {
        var program = Path.Combine(await ServerBinaries.FindPostgresAsync(ct), "psql");
        var main = site.Servers.Primary!.Owner;
        var started = TimeProvider.System.GetTimestamp();
        await ProgramRun.ReadAsync(
            [program, "-X", "-q", "-h", main.Host, "-p", $"{main.Port}", "-U", main.User, "-o", "/dev/null", "-c", ListCommand, main.Database],
            new Dictionary<string, string> { ["PGPASSWORD"] = main.Password }, ct: ct);
        return TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>The statements one after another, each read to its end. Each is prepared when it comes again.</summary>
    /// <param name="parameter">Of each.</param>
    /// <returns>Milliseconds.</returns>
    public static double Select(NpgsqlConnection connection, object parameter, params ReadOnlySpan<string> statements)
    {
        var started = TimeProvider.System.GetTimestamp();
        foreach (var statement in statements)
        {
            using var command = new NpgsqlCommand(statement, connection) { Parameters = { new() { Value = parameter } } };
            using var reader = command.ExecuteReader();
            var values = new object[reader.FieldCount];
            while (reader.Read())
                reader.GetValues(values);
        }
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }

    public static NpgsqlConnection Open(BenchSite site)
    {
        var connection = new NpgsqlConnection($"{site.Servers.Primary!.Application.ToConnectionString()};Max Auto Prepare=100;Auto Prepare Min Usages=2");
        connection.Open();
        return connection;
    }
}
