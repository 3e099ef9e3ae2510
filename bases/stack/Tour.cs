using OpsDb.Kernel;
using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>A short night: both sites work, the link fails, the observatory goes on, the link comes back, and the books are compared.</summary>
internal sealed class Tour : IAsyncDisposable
{
    private readonly TourApi main, observatory;
    private readonly TourDatabases databases;
    private readonly Link link;
    private readonly TourNight night;
    private readonly TourReading reading;
    private readonly TourComparison comparison;
    private readonly TourData data;

    public Tour(StackFile stack)
    {
        main = new("main", stack.Sites["main"]);
        observatory = new("observatory", stack.Sites["observatory"]);
        databases = new(stack.Postgres);
        link = new(stack.Link);
        night = new(observatory);
        reading = new(main, observatory, night);
        comparison = new(main, observatory, databases, night);
        data = new(main, observatory, night);
    }

    private IReadOnlyList<(string Name, Func<CancellationToken, Task> Run)> Steps =>
    [
        ("bring the link up and find both sites ready", ReadyAsync),
        ("start and finish executions at the observatory", night.BeginAsync),
        ("see them at main", reading.MainShowsThemAsync),
        ("cut the link", ct => SetLinkAsync("down", LinkState.Down, ct)),
        ("record on: starts, finishes, aborts, corrections", night.GoOnAsync),
        ("repeat requests with their keys: replayed", night.RepeatAsync),
        ("read each execution at the observatory by id", reading.ObservatoryShowsEachAsync),
        ("read them at the observatory in lists, page by page", reading.ObservatoryListsThemAsync),
        ("find main as it was when the link was cut", reading.MainKnowsNothingNewAsync),
        ("bring the link up", ct => SetLinkAsync("up", LinkState.Up, ct)),
        ("wait until nothing is pending at the observatory", reading.NothingIsPendingAsync),
        ("wait until the replica has everything", databases.ReplicatedAsync),
        ("repeat the requests once more: replayed", night.RepeatAsync),
        ("account for every acknowledged write", comparison.AccountAsync),
        ("compare every row of main and of the replica", comparison.DatabasesAsync),
        ("compare what main's API lists with the rows", comparison.MainApiAsync),
        ("compare what the observatory's API lists with the rows", comparison.ObservatoryApiAsync),
        ("cut the link again", ct => SetLinkAsync("down", LinkState.Down, ct)),
        ("write files at the observatory, and register and finalize them", data.RegisterAsync),
        ("wait until the observatory has packed them", data.PackedAsync),
        ("bring the link up again", ct => SetLinkAsync("up", LinkState.Up, ct)),
        ("wait until two archives have a verified copy", data.ArchivedAsync),
        ("ask for the data at main, compare them, and release them", data.StageAsync),
        ("free the disk of the instrument", data.FreeAsync),
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
            await link.OrderAsync("up", CancellationToken.None);
        }

        Console.WriteLine($"      {night.Executions.Count} executions, {night.Acknowledged.Count} acknowledged writes; {comparison.Summary}");
        Console.WriteLine($"tour: {Steps.Count} steps ok, {comparison.Lost.Count} lost, {comparison.Duplicated.Count} duplicated");
    }

    public async ValueTask DisposeAsync()
    {
        main.Dispose();
        observatory.Dispose();
        await databases.DisposeAsync();
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
        foreach (var api in (TourApi[])[main, observatory])
            await Deadlines.WaitAsync(async () => (await api.GetAsync("/health/ready", ct)).Status == 200, $"{api.Name} is ready", ct);
    }

    private async Task SetLinkAsync(string order, LinkState expected, CancellationToken ct)
    {
        var status = await link.OrderAsync(order, ct);
        if (status.State != expected)
            throw new TourException($"after the order {order} {LinkCommand.Describe(status)}");
    }
}
