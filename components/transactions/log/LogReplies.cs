using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>How the append script answered.</summary>
internal enum AppendOutcome { Appended, Fits, KeyKnown, DecideAgain, NotThisStream, Full, NearlyFull, PartsMissing }

/// <param name="Position">Of the new entry, or where one that was only tried would be, or of the entry that holds the key.</param>
/// <param name="BodyHash">Of the entry that holds the key.</param>
internal sealed record AppendResult(AppendOutcome Outcome, long Position = 0, string BodyHash = "");

/// <summary>An entry that was in the log.</summary>
internal sealed record KnownEntry(LogPosition Position, Guid Transaction);

/// <summary>What a process has read of the log.</summary>
internal interface IReadLog
{
    /// <summary>How far it has read.</summary>
    LogPosition Position { get; }

    /// <summary>The entry there; null when it did not read that one itself.</summary>
    KnownEntry? Newest { get; }

    /// <summary>Which transaction the log holds at a position; null when that is not known any more, or not yet, or of another epoch.</summary>
    Guid? TransactionAt(LogPosition position);
}

/// <summary>A transaction to append, with what it rests on.</summary>
/// <param name="Seen">How far the log was read for it.</param>
/// <param name="SeenTransaction">The transaction there, if it is known.</param>
/// <param name="ResolvedFloor">What was known then of the operators' decisions, see <see cref="LogPage.ResolvedFloor"/>.</param>
/// <param name="Watermark">Of the database that was read for it; without its transaction when that was seen in the log.</param>
/// <param name="UnaskedKey">The time in an idempotency key that was not looked up in the database, see <see cref="TimedKey"/>.</param>
/// <param name="Read">Guards that must not have moved since.</param>
/// <param name="Written">Guards that it moves.</param>
/// <param name="Share">Of the capacity, up to which the entry may fill it.</param>
internal sealed record NewEntry(
    Transaction Transaction, Payload Payload, LogPosition Seen, Guid? SeenTransaction, WalPosition ResolvedFloor, Watermark Watermark, long? UnaskedKey,
    IReadOnlyCollection<string> Read, IReadOnlyCollection<string> Written, double Share)
{
    /// <summary>Guards that must not have moved since and that it moves, beside the others: so many that they come in calls of their own.</summary>
    public IReadOnlyCollection<string> Apart { get; init; } = [];
}

/// <summary>Bytes of the log, counted from its beginning.</summary>
/// <param name="Appended">Ever appended.</param>
/// <param name="Applied">Of those, on the main database, as far as the processor says.</param>
/// <param name="Trimmed">Of those, no longer in the log.</param>
internal readonly record struct LogSize(long Appended, long Applied, long Trimmed)
{
    public long Held => Appended - Trimmed;

    public long Pending => Math.Max(0, Appended - Applied);
}

/// <summary>What came after a position.</summary>
internal sealed record LogPage(Lineage Lineage, IReadOnlyList<Transaction> Transactions)
{
    /// <summary>Empty when the log has none: it has never begun, or Redis has lost it.</summary>
    public Guid Epoch => Lineage.Epoch;

    /// <summary>The newest position of the stream.</summary>
    public long Last { get; init; }

    /// <summary>How far the processor says it has applied.</summary>
    public long AppliedHint { get; init; }

    public ProcessorReport? Processor { get; init; }

    public LogSize Size { get; init; }

    /// <summary>Where the main database's write-ahead log was when the processor said how far it has applied.</summary>
    public WalPosition AppliedWal { get; init; }

    /// <summary>How far a database must be for this site to read it.</summary>
    public WalPosition ReadFloor { get; init; }

    /// <summary>From here on a database knows what operators have decided at this site about failed and parked transactions.</summary>
    public WalPosition ResolvedFloor { get; init; }

    /// <summary>Entries up to here are no longer in the stream.</summary>
    public long Trimmed { get; init; }

    /// <summary>The entry that the caller knows of is not there.</summary>
    public bool IsLost { get; init; }

    /// <summary>Whether the newest timed key that left the log is known, see <see cref="TimedKey"/>.</summary>
    public bool KeysMarked { get; init; }
}

/// <summary>What the process that holds the processor's turn says of itself, for the other processes of the site.</summary>
/// <param name="HeldFrom">
/// The oldest position that it held, or that was discarded then, and that may not have been replicated yet: from there on its hint does not
/// tell applied from held.
/// </param>
internal sealed record ProcessorReport(string Status, string? Reason, long? HeldFrom = null);
