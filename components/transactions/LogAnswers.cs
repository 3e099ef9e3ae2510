using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>How the append script answered.</summary>
internal enum AppendOutcome { Appended, KeyKnown, DecideAgain, NotThisStream, Full, NearlyFull, PartsMissing }

/// <param name="Position">Of the new entry, or of the entry that holds the key.</param>
/// <param name="BodyHash">Of the entry that holds the key.</param>
internal sealed record Append(AppendOutcome Outcome, long Position = 0, string BodyHash = "");

/// <summary>An entry that was in the log.</summary>
internal sealed record KnownEntry(LogPosition Position, Guid Transaction);

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
/// <param name="Last">The newest position of the stream.</param>
/// <param name="AppliedHint">How far the processor says it has applied.</param>
/// <param name="AppliedWal">Where the main database's write-ahead log was then.</param>
/// <param name="ReadFloor">How far a database must be for this site to read it.</param>
/// <param name="Trimmed">Entries up to here are no longer in the stream.</param>
/// <param name="IsLost">The entry that the caller knows of is not there.</param>
internal sealed record Refresh(Lineage Lineage, long Last, long AppliedHint, ProcessorReport? Processor, IReadOnlyList<Transaction> Transactions, LogSize Size, WalPosition AppliedWal, WalPosition ReadFloor, long Trimmed, bool IsLost)
{
    /// <inheritdoc cref="Capture.ResolvedFloor"/>
    public WalPosition ResolvedFloor { get; init; }

    /// <summary>Empty when the log has none: it has never begun, or Redis has lost it.</summary>
    public Guid Epoch => Lineage.Epoch;
}
