using OpsDb.Kernel;

namespace OpsDb.Events;

/// <summary>
/// Brings events from where they were written with their changes into the streams of the site: each once, because the streams keep with the events how
/// far their source was read.
/// </summary>
internal sealed class RelayEventsJob(IEnumerable<IEventSource> sources, IEventStreams streams, TimeProvider time) : IStayingJob
{
    private const int PageSize = 1000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public string Name => "relay-events";

    public string Description => "Brings what has happened from the database and the log into the event streams of the site.";

    public string Schedule => "* * * * * ?";

    public bool RunsAt(SiteType site) => true;

    public async Task<JobResult> RunAsync(CancellationToken ct)
    {
        var (done, away) = (0, new List<string>());
        foreach (var source in sources)
        {
            try
            {
                done += await RelayAsync(source, ct);
            }
            catch (OutageException e) when (e.Problem != Problems.SiteMemoryUnreachable)
            {
                // The other source goes on.
                away.Add(e.Message);
            }
        }
        return new(done) { Waits = away.Count > 0, Reason = away.FirstOrDefault() };
    }

    public Task WaitAsync(CancellationToken ct) => Task.Delay(Pause, time, ct);

    private async Task<int> RelayAsync(IEventSource source, CancellationToken ct)
    {
        var done = 0;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var cursor = await streams.CursorAsync(source.Name, ct);
            var page = await source.ReadAsync(cursor, PageSize, ct);
            // A cursor alone is not worth a write, unless what comes behind it waits for that.
            if (page.Events.Count == 0 && !page.More)
                return done;
            if (await streams.AppendAsync(source.Name, cursor, page.Cursor, page.Events, CancellationToken.None))
                done += page.Events.Count;
            if (!page.More)
                return done;
        }
    }
}
