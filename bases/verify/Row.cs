namespace OpsDb.Verify;

/// <summary>What the ledger at main says of a transaction.</summary>
internal enum Fate { None, Applied, Duplicate, Failed, Parked, Discarded }

/// <summary>One row of the run, with every state that calls made of it.</summary>
internal sealed class Row(int index, Entity entity, Guid id)
{
    public int Index => index;
    public Entity Entity => entity;
    public Guid Id => id;

    /// <summary>In the order of their versions, once the first pass is done.</summary>
    public List<State> States { get; } = new(2);

    /// <summary>By site: what reads there must not fall behind.</summary>
    public Floor?[] Floors = [];

    /// <summary>
    /// Versions in acknowledgements need not be those on main: sites have written it at once, or a person had to decide.
    /// </summary>
    public bool Loose;

    /// <summary>Some of its states were taken back: discarded, repeated, corrected or declared lost.</summary>
    public bool TakenBack;

    /// <summary>A write of unknown outcome concerns it that is not on main.</summary>
    public bool HasGhost;

    /// <summary>The version on main at the end; 0 when it is not there.</summary>
    public int MainVersion;
    public int MainLine;
    public ulong MainContent;

    /// <summary>The line of the list that has shown it last, and the version that it has shown.</summary>
    public int ListedAt, ListedVersion;
}

/// <summary>What one write made, or would make, of one row.</summary>
internal sealed class State(Row row, Write write, RowAction action)
{
    /// <summary>The version of a deleted row: after it comes none.</summary>
    public const int Deleted = int.MaxValue;

    public Row Row => row;
    public Write Write => write;
    public RowAction Action { get; private set; } = action;

    /// <summary>0 while it is not known.</summary>
    public int Version;
    public int Expected;
    public int FromField = -1;
    public long FromValue;
    public ulong Touched;

    /// <summary>What asked for it, where the answer does not tell what became of it.</summary>
    public RequestedWrite? Request;

    /// <summary>Null while they are not known.</summary>
    public long[]? Fields;

    /// <summary>It is, or was for a while, what the row was.</summary>
    public bool Counts => write.IsEffective && !write.IsTakenBack;

    /// <summary>It turned out to be this version.</summary>
    public void Became(int version) => (Version, Action) = (version, version == 1 ? RowAction.Create : RowAction.Update);

    public string VersionText => Version == Deleted ? "its deletion" : $"version {Version}";
}

/// <summary>A write: one transaction, or the tries under one key of which none was acknowledged.</summary>
internal sealed class Write
{
    public int Site, Client, Process;

    /// <summary>Of the first try.</summary>
    public long Invoke;

    /// <summary>When it was first acknowledged.</summary>
    public long Acknowledged = long.MaxValue;

    public int FirstLine, AcknowledgedLine, RefusedLine, LedgerLine, FailedLine;
    public bool Unknown, IsGiven;
    public Guid Transaction;
    public int Epoch = -1, LedgerEpoch = -1;
    public long Position = -1;
    public Fate Fate;

    /// <summary>Lost by a fault of which the product gave notice.</summary>
    public bool DeclaredLost;

    /// <summary>A person has corrected it before it was applied.</summary>
    public bool Edited;

    /// <summary>Another transaction that was recorded under the same key.</summary>
    public Write? Next;

    public List<State> States { get; } = new(1);

    /// <summary>What it asked for, where more is to be known of that than the rows of its answer tell.</summary>
    public IReadOnlyList<RequestedWrite> Requests { get; init; } = [];

    /// <summary>States that it found as it wanted them.</summary>
    public List<State> Left { get; } = [];

    public bool IsAcknowledged => AcknowledgedLine > 0;

    public bool IsEffective => IsAcknowledged || Fate != Fate.None;

    public bool IsTakenBack => DeclaredLost || Edited || Fate is Fate.Duplicate or Fate.Discarded;

    public int Line => AcknowledgedLine > 0 ? AcknowledgedLine : FirstLine;
}

/// <summary>From a time on a site has shown or acknowledged a version of a row.</summary>
internal sealed record Floor(long Time, int Version, int Line, int Client, int Process, bool IsWrite, State? State, Floor? Before);
