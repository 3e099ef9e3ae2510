using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsDb.Kernel;
using OpsDb.Locations;

namespace OpsDb.Jobs;

/// <summary>One operation on objects at data locations: finds what there is to do, and does it.</summary>
public interface IWorkStage
{
    /// <summary>The last part of the names of its queues.</summary>
    string Operation { get; }

    /// <summary>Whether what it records goes to the main database at once, and not by the log of a site.</summary>
    bool NeedsMain => false;

    /// <summary>Whether there is something of it to do at a location.</summary>
    bool WorksAt(DataLocation location);

    /// <summary>What has to be done at these locations, as far as the site knows; some of it, the oldest first.</summary>
    Task<IReadOnlyList<WorkOffer>> FindAsync(WorkPlaces places, CancellationToken ct);

    /// <summary>
    /// Does it and records it, with <see cref="WorkBook.DoneAsync"/> in the last change. What was done before it was interrupted it finds, and goes
    /// on from there.
    /// </summary>
    /// <exception cref="WorkFailedException">It cannot be done.</exception>
    /// <exception cref="OutageException">Something that it needs is away.</exception>
    Task DoAsync(WorkItem item, CancellationToken ct);

    /// <summary>Notes at the object that its work has failed, or waits.</summary>
    /// <param name="after">The item as it is now.</param>
    Task FailedAsync(WorkItem after, CancellationToken ct);
}

/// <summary>An item cannot be done.</summary>
/// <param name="isFinal">Whether trying again is of no use until a person has looked.</param>
public sealed class WorkFailedException(string reason, bool isFinal = false, Exception? cause = null) : Exception(reason, cause)
{
    public bool IsFinal { get; } = isFinal;
}

/// <summary>The data locations of this site that are in use.</summary>
/// <param name="Site">As the catalogue knows it.</param>
public sealed record WorkPlaces(Locations.Site Site, IReadOnlyList<DataLocation> Locations)
{
    /// <summary>Of several for one purpose the one that is used first.</summary>
    public DataLocation? First(LocationType type) => Locations.Where(l => l.LocationType == type).MinBy(l => (l.Priority, l.Id));

    public string QueueOf(DataLocation location, string operation) => WorkItem.QueueOf(Site, location, operation);
}

/// <summary>At which locations this process works, and how.</summary>
/// <param name="Site">The short name of the site whose locations these are.</param>
/// <param name="Locations">Names of locations; empty for all of the site.</param>
/// <param name="Workers">Items at once.</param>
/// <param name="Lease">How long an item stays a worker's that says nothing.</param>
public sealed record WorkOptions(string Site, IReadOnlySet<string> Locations, int Workers, TimeSpan Lease)
{
    /// <summary>The site of this process, if it is another one: that of the database.</summary>
    public string? Home { get; init; }

    /// <summary>Of a job that works at these locations: processes for other sites, which share its memory, run it beside this one.</summary>
    public string LeaseOf(IJob job) => Site == Home ? job.Name : $"{job.Name}/{Site}";

    public static WorkOptions Read(Settings settings, Kernel.Site site) => new(
        settings.Text("JOBS_SITE", site.Name, "short name of the site in the catalogue whose data locations these jobs work at; by default SITE_NAME"),
        settings.Text("JOBS_LOCATIONS", "", "names of the data locations that this process reaches, separated by commas; empty for all of JOBS_SITE")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(),
        settings.Integer("JOBS_WORKERS", 4, 1, 1000, "items that this process works on at once"),
        settings.Seconds("JOBS_LEASE", 60, 1, 3600, "how long an item stays a worker's that says nothing; it says something three times in that time"))
    {
        Home = site.Name,
    };
}

/// <summary>Finds the places.</summary>
public sealed class WorkPlacesReader(IReader<Locations.Site, int> sites, IReader<DataLocation, int> locations, WorkOptions options)
{
    /// <returns>Null when the catalogue does not know the site.</returns>
    public async Task<WorkPlaces?> ReadAsync(CancellationToken ct)
    {
        var site = (await sites.ListAsync(ListQuery<Locations.Site>.Everything.Where("short_name", options.Site), ct)).Items.FirstOrDefault();
        if (site is null)
            return null;
        var mine = (await locations.AllAsync(ct))
            .Where(l => l.SiteId == site.Id && l.Active && (options.Locations.Count == 0 || options.Locations.Contains(l.Name)));
        return new(site, [.. mine]);
    }
}

/// <summary>A stage as a job: its workers take items until there are none. Several processes may do so at once.</summary>
public abstract partial class StageJob<TStage>(
    IServiceScopeFactory scopes, IWorkClaims claims, WorkOptions options, JobRunner runner, TimeProvider time, ILogger<StageJob<TStage>> logger) : IJob
    where TStage : class, IWorkStage
{
    private const int MaxOffers = 1000;

    private static readonly TimeSpan MaxWay = TimeSpan.FromSeconds(10), Poll = TimeSpan.FromMilliseconds(50);

    public abstract string Name { get; }

    public abstract string Description { get; }

    public virtual string Schedule => "0/10 * * * * ?";

    public virtual bool RunsAt(SiteType site) => true;

    public bool IsShared => true;

    public async Task<JobResult> RunAsync(CancellationToken ct)
    {
        var (places, operation) = await OfferAsync(ct);
        if (places is null)
            return new(0) { Reason = $"the catalogue has no site with the short name {options.Site}: set JOBS_SITE" };
        string[] queues = [.. places.Locations.Where(l => WorksAt(l)).Select(l => places.QueueOf(l, operation))];
        var (done, failures, waiting) = (0, new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        var busy = new List<Task>();
        try
        {
            while (!ct.IsCancellationRequested)
            {
                busy.RemoveAll(t => t.IsCompleted);
                var items = queues.Length == 0 ? [] : await claims.ClaimAsync(queues, options.Workers - busy.Count, options.Lease, runner.Process, ct);
                busy.AddRange(items.Select(WorkAsync));
                if (busy.Count == 0)
                    break;
                // A place is free, or all that there was is being done.
                await Task.WhenAny(busy);
            }
        }
        finally
        {
            // What was begun comes to its end, or hears that it has to, before anybody else begins.
            await Task.WhenAll(busy);
        }
        ct.ThrowIfCancellationRequested();
        var result = JobResult.Of(done, failures);
        return failures.IsEmpty && !waiting.IsEmpty ? result with { Waits = true, Reason = waiting.First() } : result;

        async Task WorkAsync(WorkItem item)
        {
            await Task.Yield();
            var failure = await DoAsync(item, ct);
            if (failure is null)
                Interlocked.Increment(ref done);
            else if (failure.Waits)
                waiting.Enqueue(failure.Reason);
            else
                failures.Enqueue($"{item.SubjectId}: {failure.Reason}");
        }
    }

    private bool WorksAt(DataLocation location)
    {
        using var scope = scopes.CreateScope();
        return scope.ServiceProvider.GetRequiredService<TStage>().WorksAt(location);
    }

    private async Task<(WorkPlaces?, string)> OfferAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (stage, commands) = (scope.ServiceProvider.GetRequiredService<TStage>(), scope.ServiceProvider.GetRequiredService<ICommands>());
        var places = await scope.ServiceProvider.GetRequiredService<WorkPlacesReader>().ReadAsync(ct);
        if (places is null)
            return (null, stage.Operation);
        foreach (var some in (await stage.FindAsync(places, ct)).Chunk(MaxOffers))
            await commands.SubmitAsync(new OfferWork(some), new(Actor.Jobs), ct);
        return (places, stage.Operation);
    }

    /// <returns>Null when it is done.</returns>
    private async Task<FailWork?> DoAsync(WorkItem item, CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var renewing = RenewAsync(item, stop);
        FailWork? failure = null;
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var stage = scope.ServiceProvider.GetRequiredService<TStage>();
            if (stage.NeedsMain)
                await ArrivedAsync(scope.ServiceProvider.GetRequiredService<IReader<WorkItem, Guid>>(), item, stop.Token);
            await stage.DoAsync(item, stop.Token);
        }
        catch (Exception e)
        {
            failure = Failure(item, e, stop.Token);
            LogFailed(e, item.Queue, item.SubjectId, failure.Reason);
        }
        await stop.CancelAsync();
        await renewing;
        if (failure is not null)
            await NoteAsync(failure);
        await ReleaseAsync(item);
        return failure;
    }

    /// <summary>
    /// Waits until the claim has come by the site's log to the main database, which would take the worker for one who has lost its item.
    /// </summary>
    /// <exception cref="NoAnswerException">It has not: main is away.</exception>
    private async Task ArrivedAsync(IReader<WorkItem, Guid> items, WorkItem item, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        while ((await items.GetAsync(item.Id, ct)).Sync is { State: SyncState.Buffered })
        {
            if (time.GetElapsedTime(began) > MaxWay)
                throw new NoAnswerException("the claim has not come to the main database yet");
            await Task.Delay(Poll, time, ct);
        }
    }

    private async Task ReleaseAsync(WorkItem item)
    {
        try
        {
            await claims.ReleaseAsync(item, CancellationToken.None);
        }
        catch (OutageException)
        {
            // It ends by itself.
        }
    }

    private static FailWork Failure(WorkItem item, Exception e, CancellationToken stop) => e switch
    {
        OperationCanceledException when stop.IsCancellationRequested => new(item.Id, item.Fence, "the worker was told to stop") { Waits = true },
        OutageException or NoAnswerException => new(item.Id, item.Fence, e.Message) { Waits = true },
        WorkFailedException failed => new(item.Id, item.Fence, e.Message) { IsFinal = failed.IsFinal },
        _ => new(item.Id, item.Fence, e.GetBaseException().Message),
    };

    /// <summary>
    /// Says that it was not done. Of an item that somebody else has by now nobody says so, and what cannot be said the end of the lease does.
    /// </summary>
    private async Task NoteAsync(FailWork failure)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var after = await scope.ServiceProvider.GetRequiredService<ICommands>().SubmitAsync(failure, new(Actor.Jobs), CancellationToken.None);
            await using var another = scopes.CreateAsyncScope();
            await another.ServiceProvider.GetRequiredService<TStage>().FailedAsync(after.Result, CancellationToken.None);
        }
        catch (ProblemException e)
        {
            LogUnnoted(failure.Id, e.Message);
        }
    }

    private async Task RenewAsync(WorkItem item, CancellationTokenSource stop)
    {
        while (true)
        {
            await Task.Delay(options.Lease / 3, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                return;
            try
            {
                if (!await claims.RenewAsync(item, options.Lease, stop.Token))
                    await stop.CancelAsync();
            }
            catch (Exception e) when (e is OutageException or OperationCanceledException)
            {
                // Whoever has the item then has another fencing number: nothing is recorded twice.
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Queue}: {Subject} was not done: {Reason}")]
    private partial void LogFailed(Exception e, string queue, Guid subject, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "That the item {Item} was not done could not be noted: {Reason}")]
    private partial void LogUnnoted(Guid item, string reason);
}
