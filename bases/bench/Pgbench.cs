using System.Globalization;
using System.Text.RegularExpressions;
using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>
/// The site's starts and gets beside one statement each on PostgreSQL itself, sent by pgbench: an insert of one row of as many
/// bytes, each committed to disk, over as many connections; and a select of one row by its key over one connection.
/// </summary>
internal static partial class Pgbench
{
    private const int SelectableRows = 1000;

    private static readonly string Insert = $"insert into bench_pgbench (content) values ('{new string('x', FloorCommand.PayloadBytes)}');";

    private static readonly string Select = $"\\set id random(1, {SelectableRows})\nselect id, content from bench_pgbench where id = :id;";

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.WarmSiteAsync(ct);
        var program = Path.Combine(await ServerBinaries.FindPostgresAsync(ct), "pgbench");
        if (!File.Exists(program))
            throw new SkippedException("pgbench is not beside postgres: apt-get install postgresql-contrib");
        await site.MainAsync<object>(
            $"""
            create table bench_pgbench (id bigint generated always as identity primary key, content text not null);
            insert into bench_pgbench (content) select repeat('x', {FloorCommand.PayloadBytes}) from generate_series(1, {SelectableRows});
            select 1
            """, ct);
        var seconds = Math.Ceiling(run.Scale.Turn.TotalSeconds);
        var starts = await Turns.MeasureAsync("start_16_vs_pgbench_insert", "none",
            () => Starts.ForATurnAsync(run, site, ct), () => RunAsync(Starts.Connections, "insert", Insert));
        var id = await site.MainAsync<Guid>("select id from executed_obs_unit limit 1", ct);
        using var connection = new HttpConnection(site.Api.Port);
        var get = RequestTemplate.Get(site.Token, $"{Reads.Executions}/{id}");
        var gets = await Turns.MeasureAsync("get_1_vs_pgbench_select", "none",
            () => Task.FromResult(Gets(connection, get, run.Scale.Gets)), () => RunAsync(1, "select", Select));
        return [starts with { Command = Command(Starts.Connections, "insert") }, gets with { Command = Command(1, "select") }];

        string Command(int connections, string script) => $"pgbench {string.Join(' ', Arguments(connections))} -f {script}.sql";

        IEnumerable<string> Arguments(int connections) => ["-n", "-c", $"{connections}", "-M", "prepared", "-T", $"{seconds}"];

        async Task<LoadResult> RunAsync(int connections, string name, string script)
        {
            var file = Path.Combine(site.Home, $"{name}.sql");
            await File.WriteAllTextAsync(file, script, ct);
            var main = site.Servers.Primary!.Owner;
            var output = await ProgramRun.ReadAsync(
                [program, "-h", main.Host, "-p", $"{main.Port}", "-U", main.User, .. Arguments(connections), "-f", file, main.Database],
                new Dictionary<string, string> { ["PGPASSWORD"] = main.Password }, ct: ct);
            var rate = double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
            return LoadResult.Of((int)(rate * seconds), rate);
        }
    }

    private static LoadResult Gets(HttpConnection connection, byte[] request, int count)
    {
        List<float> milliseconds = [.. Enumerable.Range(0, count).Select(_ => (float)connection.Exchange(request).TotalMilliseconds)];
        return new(count, TimeSpan.FromMilliseconds(milliseconds.Sum()), null, milliseconds);
    }

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex Rate();
}
