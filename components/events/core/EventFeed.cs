using System.Threading.Channels;
using OpsDb.Kernel;

namespace OpsDb.Events;

/// <summary>
/// Tells all who listen at this process what happens, as it happens: it reads the streams once for all of them. Who is too slow is left behind, and
/// comes back with the position up to which it was told.
/// </summary>
public sealed class EventFeed(IEventStreams streams, EventOptions options) : IAsyncDisposable
{
    private const int PageSize = 1000, QueueLength = 2000;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private readonly Lock turn = new();
    private readonly HashSet<Listener> listeners = [];
    private readonly CancellationTokenSource over = new();
    private readonly SemaphoreSlim appended = new(0, 1);
    private Task? reading;

    /// <summary>Listens from now on, until it is disposed of.</summary>
    /// <exception cref="OutageException">events-busy: so many listen already; or the streams cannot be reached.</exception>
    public async Task<Listener> ListenAsync(IReadOnlySet<string> entities, CancellationToken ct)
    {
        var last = await streams.LastAsync(ct);
        lock (turn)
        {
            if (listeners.Count >= options.Connections)
            {
                throw new OutageException(EventProblems.EventsBusy, $"{options.Connections} connections are told of events by this process.")
                {
                    RetryAfter = TimeSpan.FromSeconds(10),
                };
            }
            var listener = new Listener(this, entities);
            listeners.Add(listener);
            reading ??= Task.Run(() => ReadAsync(last), CancellationToken.None);
            return listener;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        if (reading is not null)
            await reading;
        over.Dispose();
        appended.Dispose();
    }

    private async Task ReadAsync(long position)
    {
        await SubscribeAsync();
        while (!over.IsCancellationRequested)
        {
            var more = false;
            try
            {
                var page = await streams.AfterAsync(streams.Entities, position, PageSize, over.Token);
                (position, more) = (page.Position, page.More);
                Tell(page);
            }
            catch (OutageException)
            {
                // What was missed comes when Redis is back.
            }
            catch (OperationCanceledException)
            {
                return;
            }
            if (!more)
                await ((Task)appended.WaitAsync(Poll, over.Token)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Tell(StreamPage page)
    {
        Listener[] all;
        lock (turn)
            all = [.. listeners];
        foreach (var listener in all)
        {
            if (page.IsIncomplete)
                listener.LeaveBehind();
            foreach (var one in page.Events.Where(e => listener.Entities.Contains(e.Event.Entity)))
                listener.Tell(one);
        }
    }

    private async Task SubscribeAsync()
    {
        try
        {
            await streams.SubscribeAsync(Wake, over.Token);
        }
        catch (OutageException)
        {
            // It is looked at once a second all the same.
        }
    }

    private void Wake()
    {
        try
        {
            if (appended.CurrentCount == 0)
                appended.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody was faster, or it is over.
        }
    }

    /// <summary>Somebody who is told.</summary>
    public sealed class Listener : IDisposable
    {
        private readonly EventFeed feed;
        private readonly Channel<StreamedEvent> queue = Channel.CreateBounded<StreamedEvent>(new BoundedChannelOptions(QueueLength) { SingleReader = true });

        internal Listener(EventFeed feed, IReadOnlySet<string> entities) => (this.feed, Entities) = (feed, entities);

        public IReadOnlySet<string> Entities { get; }

        /// <summary>Waits for what comes next: all that is there, and some at most.</summary>
        /// <returns>Nothing when nothing came in time; null when it was left behind.</returns>
        public async Task<IReadOnlyList<StreamedEvent>?> NextAsync(TimeSpan patience, int most, CancellationToken ct)
        {
            using var clock = new CancellationTokenSource(patience);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, clock.Token);
            try
            {
                if (!await queue.Reader.WaitToReadAsync(either.Token))
                    return null;
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                return [];
            }
            var events = new List<StreamedEvent>();
            while (events.Count < most && queue.Reader.TryRead(out var next))
                events.Add(next);
            return events;
        }

        public void Dispose()
        {
            lock (feed.turn)
                feed.listeners.Remove(this);
            queue.Writer.TryComplete();
        }

        internal void Tell(StreamedEvent one)
        {
            if (!queue.Writer.TryWrite(one))
                LeaveBehind();
        }

        internal void LeaveBehind() => queue.Writer.TryComplete();
    }
}
