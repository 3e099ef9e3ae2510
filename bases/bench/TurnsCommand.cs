using System.CommandLine;
using System.Globalization;
using OpsDb.Cli;
using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>The command that measures several builds of the data API in turns on the same servers.</summary>
internal static class TurnsCommand
{
    private const string Summary =
        "Measure builds of opsdb-data-api in turns on the same PostgreSQL, replica, link and Redis, each at a site of its own. Keeps nothing.";

    public static Command Create()
    {
        string[] names = [.. Starts.Rows.Select(r => r.Name), .. SingleReads.Rows.Select(r => r.Name)];
        var rows = new Argument<string[]>("rows") { Description = "What is measured.", Arity = ArgumentArity.OneOrMore };
        rows.AcceptOnlyFromAmong(names);
        var builds = new Option<string>("--builds")
        {
            Required = true,
            Description = "Folders with opsdb-data-api.dll and a comma between. The first is what the others are compared with; the last has the "
                + "newest migrations and prepares the database.",
        };
        var turns = new Option<int>("--turns") { DefaultValueFactory = _ => 3, Description = "How often each build is measured for each row." };
        turns.Between(1, 1000);
        var quick = new Option<bool>("--quick") { Description = "Small counts, to see that everything works; the figures say nothing." };
        return new Command("turns", Summary) { Arguments = { rows }, Options = { builds, turns, quick } }.Does((r, ct) =>
        {
            var chosen = names.Intersect(r.GetRequiredValue(rows)).ToList();
            return RunAsync(Folders(r.GetRequiredValue(builds)), chosen, r.GetValue(turns), r.GetValue(quick) ? Scale.Quick : Scale.Full, ct);
        });
    }

    private static IReadOnlyList<string> Folders(string builds)
    {
        string[] folders = [.. builds.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Path.GetFullPath)];
        foreach (var folder in folders)
        {
            if (!File.Exists(Path.Combine(folder, Path.GetFileName(BuiltPrograms.DataApi))))
                throw new BenchException($"{folder} has no {Path.GetFileName(BuiltPrograms.DataApi)}.");
        }
        return folders;
    }

    private static async Task RunAsync(IReadOnlyList<string> folders, IReadOnlyList<string> names, int turns, Scale scale, CancellationToken ct)
    {
        await using var site = await BenchSite.StartAsync(ct, folders[^1]);
        await ServedPrograms.StopAsync(site.Api, site.Floor);
        BuildSites[] builds = [.. folders.Select((f, i) => new BuildSites(site, $"build_{i + 1}", f))];
        foreach (var (i, folder) in folders.Index())
            Console.WriteLine($"build {i + 1}: {folder}");
        Console.WriteLine($"{"row",-22}{"build",7}{"median",12} {"unit",-6}{"to 1",9}{"p99 ms",9}{"cpu µs",9}");
        if (Starts.Rows.Any(r => names.Contains(r.Name)))
        {
            foreach (var build in builds)
                await WarmUpAsync(site, await build.AtAsync(Place.Site, ct), scale, ct);
        }
        foreach (var row in Starts.Rows.Where(r => names.Contains(r.Name)))
            Write(row.Name, "req/s", await StartsAsync(site, builds, row, turns, scale, ct));
        foreach (var row in SingleReads.Rows.Where(r => names.Contains(r.Name)))
            Write(row.Name, "ms", await ReadsAsync(site, builds, row, turns, scale, ct));
    }

    private static async Task WarmUpAsync(BenchSite site, Endpoint api, Scale scale, CancellationToken ct)
    {
        await site.Load.CountAsync(scale.WarmUp, api, Starts.Connections);
        await site.DrainedAsync(api, ct);
    }

    private static async Task<IReadOnlyList<Figures>> StartsAsync(
        BenchSite site, IReadOnlyList<BuildSites> builds, StartRow row, int turns, Scale scale, CancellationToken ct)
    {
        var results = builds.ToDictionary(b => b, _ => new List<LoadResult>());
        for (var turn = 0; turn < turns; turn++)
        {
            // Whoever comes second after something else is so only every other time.
            foreach (var build in turn % 2 == 0 ? builds : builds.Reverse())
                results[build].Add(await Starts.ForATurnAsync(scale, site, await build.AtAsync(Place.Site, ct), row, ct));
        }
        return [.. builds.Select(b => new Figures(Median(results[b], r => r.PerSecond), Median(results[b], r => r.Percentile(0.99)),
            Median(results[b], r => r.CpuMicroseconds!.Value)))];
    }

    private static async Task<IReadOnlyList<Figures>> ReadsAsync(
        BenchSite site, IReadOnlyList<BuildSites> builds, ReadRow row, int turns, Scale scale, CancellationToken ct)
    {
        var ids = await SingleReads.NewestIdsAsync(site, ct);
        var connections = new List<HttpConnection>();
        try
        {
            foreach (var build in builds)
                connections.Add(new((await build.AtAsync(row.Place, ct)).Port));
            var took = Turns.ByRequest(2 * scale.Gets, turns * scale.Gets, [.. connections.Select(c => SingleReads.Ask(c, site.Token, i => row.Path(ids, i)))]);
            foreach (var build in builds)
                await build.RequireAsync(row.Place);
            return [.. took.Select(t => new Figures(Quantile.Of(t, 0.5), Quantile.Of(t, 0.99)))];
        }
        finally
        {
            connections.ForEach(c => c.Dispose());
        }
    }

    private static double Median(IEnumerable<LoadResult> results, Func<LoadResult, double> figure) => Quantile.Of([.. results.Select(figure)], 0.5);

    private static void Write(string name, string unit, IReadOnlyList<Figures> builds)
    {
        foreach (var (i, build) in builds.Index())
        {
            // Rounded as rows are.
            var row = new Row(name, build.Median, unit, builds[0].Median, "none", build.P99Ms, build.CpuUs).Rounded();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-22}{i + 1,7}{row.Value,12} {unit,-6}{row.Ratio,9:0.000}{row.P99Ms,9}{row.CpuUs,9}"));
        }
    }

    /// <param name="Median">Of the rates of all turns, or of the times of all requests.</param>
    private sealed record Figures(double Median, double P99Ms, double? CpuUs = null);
}
