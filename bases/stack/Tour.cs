using OpsDb.Kernel;
using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>A short night: both sites work, the link fails, the observatory goes on, the link comes back, and the books are compared.</summary>
internal sealed class Tour : IAsyncDisposable
{
    private readonly TourApi _main, _observatory;
    private readonly TourDatabases _databases;
    private readonly Link _link;
    private readonly TourNight _night;
    private readonly TourReading _reading;
    private readonly TourComparison _comparison;

    public Tour(StackFile stack)
    {
        _main = new("main", stack.Sites["main"]);
        _observatory = new("observatory", stack.Sites["observatory"]);
        _databases = new(stack.Postgres);
        _link = new(stack.Link);
        _night = new(_observatory);
        _reading = new(_main, _observatory, _night);
        _comparison = new(_main, _observatory, _databases, _night);
    }

    private IReadOnlyList<(string Name, Func<CancellationToken, Task> Run)> Steps =>
    [
        ("bring the link up and find both sites ready", ReadyAsync),
        ("start and finish executions at the observatory", _night.BeginAsync),
        ("see them at main", _reading.MainShowsThemAsync),
        ("cut the link", ct => SetLinkAsync("down", LinkState.Down, ct)),
        ("record on: starts, finishes, aborts, corrections", _night.GoOnAsync),
        ("repeat requests with their keys: replayed", _night.RepeatAsync),
        ("read each execution at the observatory by id", _reading.ObservatoryShowsEachAsync),
        ("read them at the observatory in lists, page by page", _reading.ObservatoryListsThemAsync),
        ("find main as it was when the link was cut", _reading.MainKnowsNothingNewAsync),
        ("bring the link up", ct => SetLinkAsync("up", LinkState.Up, ct)),
        ("wait until nothing is pending at the observatory", _reading.NothingIsPendingAsync),
        ("wait until the replica has everything", _databases.ReplicatedAsync),
        ("repeat the requests once more: replayed", _night.RepeatAsync),
        ("account for every acknowledged write", _comparison.AccountAsync),
        ("compare every row of main and of the replica", _comparison.DatabasesAsync),
        ("compare what main's API lists with the rows", _comparison.MainApiAsync),
        ("compare what the observatory's API lists with the rows", _comparison.ObservatoryApiAsync),
    ];

    /// <exception cref="TourException">A step failed; the message names it.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            foreach (var (name, run) in Steps)
                await RunAsync(name, run, ct);
        }
        finally
        {
            await _link.OrderAsync("up", CancellationToken.None);
        }

        Console.WriteLine($"      {_night.Executions.Count} executions, {_night.Acknowledged.Count} acknowledged writes; {_comparison.Summary}");
        Console.WriteLine($"tour: {Steps.Count} steps ok, {_comparison.Lost.Count} lost, {_comparison.Duplicated.Count} duplicated");
    }

    public async ValueTask DisposeAsync()
    {
        _main.Dispose();
        _observatory.Dispose();
        await _databases.DisposeAsync();
    }

    private static async Task RunAsync(string name, Func<CancellationToken, Task> run, CancellationToken ct)
    {
        var started = TimeProvider.System.GetTimestamp();
        try
        {
            await run(ct);
        }
        catch (Exception e) when (e is TourException or ServersException or ProblemException or HttpRequestException)
        {
            throw new TourException($"tour: failed after {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.00} s to {name}: {e.Message}", e);
        }

        Console.WriteLine($"{TimeProvider.System.GetElapsedTime(started).TotalSeconds,6:0.00} s  {name}");
    }

    private async Task ReadyAsync(CancellationToken ct)
    {
        await SetLinkAsync("up", LinkState.Up, ct);
        foreach (var api in (TourApi[])[_main, _observatory])
            await Deadlines.WaitAsync(async () => (await api.GetAsync("/health/ready", ct)).Status == 200, $"{api.Name} is ready", ct);
    }

    private async Task SetLinkAsync(string order, LinkState expected, CancellationToken ct)
    {
        var status = await _link.OrderAsync(order, ct);
        if (status.State != expected)
            throw new TourException($"after the order {order} {LinkCommand.Describe(status)}");
    }
}
