using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>The overlay as it was at one position of the log. Immutable: later entries are not seen through it.</summary>
/// <param name="AppliedHint">How far the processor says that it has applied.</param>
/// <param name="Processor">What the process that applies says of itself.</param>
internal sealed record OverlayCut(OverlayState State, long Position, Guid? Transaction, long AppliedHint, ProcessorReport? Processor) : IReadLog
{
    public Guid Epoch => State.Epoch;

    public Lineage Lineage { get; init; } = new(State.Epoch, []);

    public LogPosition End => new(Epoch, Position);

    /// <summary>An entry that rests on this cut, folded over a database with the watermark.</summary>
    public NewEntry Entry(
        Transaction transaction, Payload payload, Watermark watermark, IReadOnlyCollection<string> read, IReadOnlyCollection<string> written, double share,
        long? unaskedKey = null) =>
        new(transaction, payload, End, Transaction, ResolvedFloor, Names(watermark) ? watermark with { TransactionId = null } : watermark,
            unaskedKey, read, written, share);

    public KnownEntry? Newest => Transaction is { } transaction ? new(End, transaction) : null;

    LogPosition IReadLog.Position => End;

    Guid? IReadLog.TransactionAt(LogPosition position) => position.Epoch == Epoch ? State.At(position.Position) : null;

    /// <summary>Whether the entry is known to have been applied, and not only to have been decided on the main database.</summary>
    public bool IsApplied(long position) => position <= AppliedHint && !(position >= Processor?.HeldFrom);

    /// <summary>Where the main database's write-ahead log was when the processor said so.</summary>
    public WalPosition AppliedWal { get; init; }

    /// <summary>How much the log held then.</summary>
    public LogSize Size { get; init; }

    /// <summary>How far a database must be for this site to read it.</summary>
    public WalPosition ReadFloor { get; init; }

    /// <summary>From here on a database knows what operators have decided at this site about failed and parked transactions.</summary>
    public WalPosition ResolvedFloor { get; init; }

    /// <inheritdoc cref="LogPage.KeysMarked"/>
    public bool KeysMarked { get; init; }

    /// <summary>Entries up to here are no longer in the log: a database that does not have them cannot be completed.</summary>
    public long Trimmed { get; init; }

    /// <summary>
    /// Whether the watermark's transaction is the one that was seen in this log at its position: then the log that has the cut's
    /// transaction has that one, too.
    /// </summary>
    public bool Names(Watermark watermark) => watermark.Position <= Position && watermark.TransactionId is { } id && State.At(watermark.Position) == id;

    /// <summary>
    /// Whether pending changes can be folded over a snapshot: it has what has left the log, and its watermark names the transaction that the
    /// log holds there.
    /// </summary>
    public bool Fits(DatabaseSnapshot snapshot) => snapshot.Position >= Trimmed
        && (State.At(snapshot.Position) is not { } held || snapshot.TransactionId is null || held == snapshot.TransactionId);
}
