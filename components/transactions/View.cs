using System.Globalization;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Whether an idempotency key is known, asked along with a read: in its round trip and in its snapshot.</summary>
internal sealed class KeyQuestion(Actor actor, string key)
{
    public string Actor { get; } = actor.User;
    public string Key { get; } = key;
    public bool Answered { get; private set; }
    public Applied? Answer { get; private set; }

    public void Is(Applied? answer) => (Answered, Answer) = (true, answer);
}

/// <summary>What one request sees, and what it has read. One per scope.</summary>
internal sealed class View(Databases databases, Overlay overlay, LsnTracker tracker, Site site) : IConsistency
{
    private enum Source { Merged, Main }

    private readonly HashSet<string> guards = [];
    private Source source;
    private Capture? capture;
    private Capture? first;
    private bool fresh = true;
    private long written;
    private KeyQuestion? question;

    /// <summary>The oldest snapshot that something was read from; null when nothing was read.</summary>
    public Snapshot? Snapshot { get; private set; }

    /// <summary>Keys of the rows read since the last <c>Begin…</c>.</summary>
    public IReadOnlyCollection<string> Guards => guards;

    /// <summary>Site, epoch, position, timeline and LSN of the state that was read or written.</summary>
    public Consistency? Current => Snapshot is null
        ? null
        : new(string.Create(CultureInfo.InvariantCulture,
            $"{site.Name}:{capture?.Epoch.ToString("n") ?? "-"}:{Math.Max(written, Math.Max(capture?.Position ?? 0, Snapshot.Position))}:{tracker.Latest.Timeline}:{Snapshot.Lsn}"), Snapshot.AsOf);

    /// <summary>A decision for the log. The first try takes the capture at hand, which costs nothing and is made harmless by the guards; later ones refresh.</summary>
    public void BeginAccept(bool refresh)
    {
        Reset(Source.Merged);
        fresh = refresh;
    }

    /// <summary>A decision for the main database, on what the main database holds.</summary>
    public void BeginDirect() => Reset(Source.Main);

    /// <summary>The pending changes to fold over the snapshot; null where the database itself takes the writes.</summary>
    public async Task<Capture?> CaptureAsync()
    {
        if (source == Source.Main || site.Type == SiteType.Main)
            return null;
        capture ??= (fresh ? null : overlay.Latest) ?? await overlay.RefreshAsync();
        first ??= capture;
        return capture;
    }

    /// <summary>The oldest capture that something was read through: what has moved since then is not what was read.</summary>
    public Capture? First => first;

    /// <summary>Lets the next read take a new capture, after one that did not fit its snapshot.</summary>
    public void ForgetCapture()
    {
        capture = null;
        fresh = true;
    }

    public Task<DbSession> OpenAsync(CancellationToken ct) => source == Source.Main && site.Type == SiteType.Secondary ? databases.MainAsync(ct) : databases.LocalAsync(ct);

    public object SnapshotParameters(Capture? overlaid) => new { site = site.Name, epoch = overlaid?.Epoch ?? Guid.Empty };

    public void Saw(Snapshot snapshot)
    {
        if (Snapshot is null || snapshot.Position <= Snapshot.Position)
            Snapshot = snapshot;
    }

    public void Wrote(long position) => written = position;

    /// <summary>A direct write is in the main database as it was just after.</summary>
    public void Wrote(Snapshot after) => Snapshot = after;

    /// <summary>The next read by key answers it.</summary>
    public void Ask(KeyQuestion? asked) => question = asked;

    /// <summary>The question that a read has to answer; each is asked once.</summary>
    public KeyQuestion? TakeQuestion()
    {
        var taken = question;
        question = null;
        return taken;
    }

    public void SawRow(string guard) => guards.Add(guard);

    /// <summary>What a row of the database itself says of its synchronisation.</summary>
    public Sync InDatabase(Row row) => new(site.Type == SiteType.Main || source == Source.Main ? SyncState.Applied : SyncState.Replicated, row.TransactionId);

    private void Reset(Source from)
    {
        source = from;
        capture = first = null;
        fresh = true;
        Snapshot = null;
        question = null;
        guards.Clear();
    }
}
