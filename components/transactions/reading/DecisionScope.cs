using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>What something is read for.</summary>
internal enum ReadPurpose
{
    /// <summary>To be answered.</summary>
    Answer,

    /// <summary>
    /// To decide for the log. That needs nothing beyond the site: the guards, and the comparison when it is applied, make an older
    /// database harmless.
    /// </summary>
    Log,

    /// <summary>To decide for the main database, on what that one holds.</summary>
    Main,
}

/// <summary>
/// What one attempt of a decision has seen, or what a request reads that decides nothing. Several reads at a time may go through
/// it; a further attempt has a scope of its own.
/// </summary>
/// <param name="refresh">False to take what is at hand, the cut and rows read a moment ago; for the log the guards make that harmless.</param>
internal sealed class DecisionScope(ReadPurpose purpose, Overlay overlay, Site site, bool refresh = true)
{
    private readonly Lock gate = new();
    private readonly HashSet<string> guards = [];
    private IdempotencyLookup? unasked;
    private OverlayCut? cut;
    private bool fresh = refresh;

    public ReadPurpose Purpose => purpose;

    /// <summary>Whether a row that was read a moment ago will do.</summary>
    public bool TakesRecent { get; } = purpose == ReadPurpose.Log && !refresh;

    /// <summary>The pending changes that were folded in last; null where nothing was.</summary>
    public OverlayCut? Cut => cut;

    /// <summary>The oldest cut that something was read through: what has moved since then is not what was read.</summary>
    public OverlayCut? First { get; private set; }

    /// <summary>The oldest snapshot that something was read from; null when nothing was read.</summary>
    public DatabaseSnapshot? Snapshot { get; private set; }

    /// <summary>Whether the site's database is taken as it is, because the main one, which is further, cannot be reached.</summary>
    public bool IsBelowFloor { get; set; }

    /// <summary>The guards of the rows that were looked for.</summary>
    public IReadOnlyCollection<string> Guards
    {
        get
        {
            lock (gate)
                return [.. guards];
        }
    }

    /// <summary>The pending changes to fold over the snapshot; null where the database itself takes the writes.</summary>
    public async Task<OverlayCut?> CutAsync()
    {
        if (purpose == ReadPurpose.Main || site.Type == SiteType.Main)
            return null;
        if (cut is { } held)
            return held;
        var taken = (fresh ? null : overlay.Latest) ?? await overlay.RefreshAsync();
        lock (gate)
        {
            First ??= taken;
            return cut ??= taken;
        }
    }

    /// <summary>
    /// A list is of what was there when it was asked for: rows that were not have no guard, which would tell what is at hand to be too old.
    /// </summary>
    public void Lists()
    {
        if (!fresh)
            ForgetCut();
    }

    /// <summary>Lets the next read take a new cut, after one that did not fit its snapshot.</summary>
    public void ForgetCut()
    {
        lock (gate)
            (cut, fresh) = (null, true);
    }

    /// <summary>The read floor that was raised on its behalf holds for what it reads later, too.</summary>
    public void Raised(WalPosition floor)
    {
        lock (gate)
            cut = cut is null ? null : cut with { ReadFloor = floor };
    }

    public void Saw(DatabaseSnapshot snapshot)
    {
        lock (gate)
        {
            if (Snapshot is null || snapshot.Position <= Snapshot.Position)
                Snapshot = snapshot;
        }
    }

    public void LookedFor(string guard)
    {
        lock (gate)
            guards.Add(guard);
    }

    /// <summary>Lets the first read by key look up an idempotency key as well.</summary>
    public void AskFor(IdempotencyLookup? lookup) => unasked = lookup;

    /// <summary>The lookup, for the one read that answers it; null for every other.</summary>
    public IdempotencyLookup? TakeLookup() => Interlocked.Exchange(ref unasked, null);
}
