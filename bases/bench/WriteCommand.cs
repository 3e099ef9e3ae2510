using System.CommandLine;
using OpsDb.Cli;

namespace OpsDb.Bench;

/// <summary>Accepting, draining and reading beside pending writes.</summary>
internal static class WriteCommand
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "One JSON object per row." };
        var only = new Option<string?>("--only") { Description = "Only one kind of rows: memory, start, get, list or drain." };
        return new Command("write", "Measure the write path of a secondary site: starts the servers, the site's API and a bare endpoint, and ends them again. Takes about three minutes.") { json, only }
            .Does((r, ct) => RunAsync(r.GetValue(json), r.GetValue(only) ?? "", ct));
    }

    private static async Task RunAsync(bool json, string only, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Longest);
        if (!json)
            Console.WriteLine(Row.Header);
        if (Wanted("memory"))
            Print(OverlayMemory.Measure());
        if (!Wanted("start") && !Wanted("drain") && !Wanted("get") && !Wanted("list"))
            return;
        await using var site = await BenchSite.StartAsync(limit.Token);
        if (Wanted("start"))
        {
            foreach (var row in await Starts.MeasureAsync(site, limit.Token))
                Print(row);
        }
        if (Wanted("get") || Wanted("list"))
        {
            foreach (var row in await Reads.MeasureAsync(site, limit.Token))
                Print(row);
        }
        if (Wanted("drain"))
            Print(await Drain.MeasureAsync(site, limit.Token));

        bool Wanted(string name) => only.StartsWith(name, StringComparison.Ordinal) || name.StartsWith(only, StringComparison.Ordinal);
        void Print(Row row) => Console.WriteLine(json ? row.ToJson() : row.ToString());
    }
}
