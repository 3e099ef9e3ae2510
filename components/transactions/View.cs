using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Whether an idempotency key is known, asked along with a read: in its round trip and in its snapshot.</summary>
internal sealed class IdempotencyLookup(Actor actor, string key)
{
    public string Actor { get; } = actor.User;
    public string Key { get; } = key;
    public bool Answered { get; private set; }
    public Applied? Answer { get; private set; }

    /// <summary>Adds what <see cref="Keys.FindBufferedSql"/> asks for.</summary>
    public Dapper.DynamicParameters AddTo(Dapper.DynamicParameters parameters)
    {
        parameters.AddDynamicParams(new { actor = Actor, key = Key });
        return parameters;
    }

    public void Is(Applied? answer) => (Answered, Answer) = (true, answer);
}

/// <summary>What one request sees, and what it has read. One per scope.</summary>
internal sealed class View(Overlay overlay, Site site) : IConsistency
{
    private enum Purpose { Read, Accept, Direct }

    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(5);

    private readonly HashSet<string> guards = [];
    private Purpose purpose;
    private Capture? capture;
    private Capture? first;
    private bool fresh = true;
    private long written;
    private IdempotencyLookup? question;

    /// <summary>The oldest snapshot that something was read from; null when nothing was read.</summary>
    public Snapshot? Snapshot { get; private set; }

    /// <summary>Keys of the rows read since the last <c>Begin…</c>.</summary>
    public IReadOnlyCollection<string> Guards => guards;

    /// <summary>Site, epoch, position, timeline and LSN of the state that was read or written.</summary>
    public Consistency? Current => Snapshot is null
        ? null
        : new(IsStale
            ? null
            : new ConsistencyToken(site.Name, capture?.Epoch, Math.Max(written, Math.Max(capture?.Position ?? 0, Snapshot.Position)), WalPosition.Of(Snapshot)).ToString(), Snapshot.AsOf);

    /// <summary>The state that a read must contain; null when the newest that this site has will do.</summary>
    public ConsistencyToken? AtLeast { get; private set; }

    /// <summary>How long to wait for it.</summary>
    public TimeSpan Patience { get; private set; }

    /// <summary>Whether an older state is better than none.</summary>
    public bool StaleWill { get; private set; }

    /// <summary>Whether what was read may be older than what this site has shown or accepted.</summary>
    public bool IsStale { get; private set; }

    /// <summary>Whether the site's database is taken as it is, because the main one, which is further, cannot be reached.</summary>
    public bool IsBelowFloor { get; private set; }

    /// <summary>Whether it is decided for the main database, on what that one holds.</summary>
    public bool IsDirect => purpose == Purpose.Direct;

    /// <summary>
    /// Whether it is decided for the log. That needs nothing beyond the site: the guards, and the comparison when it is applied, make an
    /// older database harmless.
    /// </summary>
    public bool IsAccept => purpose == Purpose.Accept;

    public void Want(Freshness freshness)
    {
        AtLeast = freshness.AtLeast is { } token ? ConsistencyToken.Parse(token) : null;
        Patience = freshness.Wait ?? DefaultWait;
        StaleWill = freshness.Stale;
    }

    /// <summary>A decision for the log. The first try takes the capture at hand, which costs nothing and is made harmless by the guards; later ones refresh.</summary>
    public void BeginAccept(bool refresh)
    {
        Reset(Purpose.Accept);
        fresh = refresh;
    }

    /// <summary>A decision for the main database, on what the main database holds.</summary>
    public void BeginDirect() => Reset(Purpose.Direct);

    /// <summary>The pending changes to fold over the snapshot; null where the database itself takes the writes.</summary>
    public async Task<Capture?> CaptureAsync()
    {
        if (IsDirect || site.Type == SiteType.Main)
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

    /// <summary>The read floor that this request raised holds for what it reads later, too.</summary>
    public void Raised(WalPosition floor) => capture = capture is null ? null : capture with { ReadFloor = floor };

    public void BecomeStale() => IsStale = true;

    /// <summary>Takes the site's database although it is behind, if this request may.</summary>
    public bool GoBelowFloor()
    {
        IsStale |= StaleWill && !IsAccept;
        return IsBelowFloor = IsStale || IsAccept;
    }

    public void Saw(Snapshot snapshot)
    {
        if (Snapshot is null || snapshot.Position <= Snapshot.Position)
            Snapshot = snapshot;
    }

    public void Wrote(long position) => written = position;

    /// <summary>A direct write is in the main database as it was just after.</summary>
    public void Wrote(Snapshot after) => Snapshot = after;

    /// <summary>The next read by key answers it.</summary>
    public void Ask(IdempotencyLookup? asked) => question = asked;

    /// <summary>The question that a read has to answer; each is asked once.</summary>
    public IdempotencyLookup? TakeQuestion()
    {
        var taken = question;
        question = null;
        return taken;
    }

    public void SawRow(string guard) => guards.Add(guard);

    private void Reset(Purpose of)
    {
        purpose = of;
        capture = first = null;
        fresh = true;
        IsBelowFloor = false;
        Snapshot = null;
        question = null;
        guards.Clear();
    }
}
