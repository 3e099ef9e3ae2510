using System.Globalization;
using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>One run: an installation, its clients and its faults, and the files that tell of them.</summary>
internal sealed class Run(RunOptions options, TextWriter output)
{
    private const string History = "history.jsonl", Faults = "faults.jsonl", Final = "final.jsonl", Logs = "log";

    private readonly IReadOnlyList<PlannedFault> plan = FaultPlan.Create(options.Seed, options.Length, options.Faults);

    /// <returns>Whether everything is proven.</returns>
    public async Task<bool> RunAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(options.Folder);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"seed {options.Seed}, {options.Clients} clients, {options.Length.TotalMinutes} min, into {options.Folder}"));
        var missing = await RecordAsync(ct);
        var isProven = await CheckAsync(ct);
        if (isProven && missing is null)
            Directory.Delete(options.PathOf(Logs), recursive: true);
        else
            await output.WriteLineAsync($"The servers' logs are in {options.PathOf(Logs)}");
        if (missing is not null)
            await output.WriteLineAsync($"Not everything arrived: {missing}");
        return isProven && missing is null;
    }

    private async Task<string?> RecordAsync(CancellationToken ct)
    {
        await using var installation = await Installation.StartAsync(
            RunSettings.Of(options.Seed), DiskFaults.Sizes(plan, options.Length), Failover.IsIn(plan), ClockFaults.IsIn(plan), ct);
        try
        {
            var (clock, tally) = (new RunClock(), new Tally());
            using var faults = new FaultLog(options.PathOf(Faults), clock, tally);
            using (var history = new History(options.PathOf(History), clock))
                await CallAsync(installation, new FaultInjector(installation, faults, output), (history, clock, tally), ct);
            var missing = await Convergence.WaitAsync(installation, ct);
            await new FinalState(installation).WriteAsync(options.PathOf(Final), ct);
            await SummarizeAsync(tally, faults);
            return missing;
        }
        finally
        {
            KeepLogs(installation.Logs);
        }
    }

    private async Task CallAsync(Installation installation, FaultInjector injector, (History History, RunClock Clock, Tally Tally) record, CancellationToken ct)
    {
        Api[] apis = [.. installation.Apis.Select((a, i) => new Api(i == 2 ? "main/1" : $"{Installation.Site}/{i + 1}", a.Address, installation.Token))];
        try
        {
            var world = new ClientWorld(apis[..2], apis[2], record.History, record.Clock, record.Tally, options.Pace);
            await PreexistingRows.NoteAsync(world);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            stop.CancelAfter(options.Length);
            var clients = ClientPool.Create(options.Clients, options.Seed, world)
                .Select(c => Task.Run(() => c.RunAsync(stop.Token), CancellationToken.None)).ToList();
            await injector.RunAsync(plan, stop.Token);
            await CancellableDelay.ForAsync(Timeout.InfiniteTimeSpan, stop.Token);
            await injector.HealAsync(ct);
            await Task.WhenAll(clients);
        }
        finally
        {
            foreach (var api in apis)
                api.Dispose();
        }
    }

    private async Task<bool> CheckAsync(CancellationToken ct)
    {
        var check = await ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-verify"), options.Folder], ct: ct);
        await output.WriteAsync(check.Output);
        await output.WriteAsync(check.Errors);
        return check.ExitCode == 0;
    }

    private async Task SummarizeAsync(Tally tally, FaultLog faults)
    {
        foreach (var line in tally.Lines())
            await output.WriteLineAsync(line);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{tally.Total} calls, {tally.Total / options.Length.TotalSeconds:0} a second; times are of calls while nothing was disturbed"));
        await output.WriteLineAsync($"faults: {(faults.Counts.Count == 0 ? "none" : string.Join(", ", faults.Counts.Select(f => $"{f.Key} {f.Value}")))}");
    }

    private void KeepLogs(string from)
    {
        Directory.CreateDirectory(options.PathOf(Logs));
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(options.PathOf(Logs), Path.GetFileName(file)));
    }
}
