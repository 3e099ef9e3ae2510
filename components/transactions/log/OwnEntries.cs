using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>What this process was told is stored: nobody needs to parse it again, and when the log does not have it any more, that is a loss.</summary>
internal sealed class OwnEntries
{
    /// <summary>Bytes of the largest entry that is remembered whole.</summary>
    private const int MaxRecent = 16 * 1024;

    // By position, the latest ones.
    private readonly Transaction?[] recent = new Transaction?[1024];

    private volatile KnownEntry? newest;

    /// <summary>Remembers an entry.</summary>
    /// <param name="bytes">Of the entry.</param>
    public void Add(LogPosition position, Transaction transaction, long bytes)
    {
        newest = new(position, transaction.Id);
        if (bytes <= MaxRecent)
            recent[position.Position % recent.Length] = transaction with { Position = position };
    }

    /// <summary>The transaction, if it is the one that this process has stored at the position lately.</summary>
    public Transaction? Find(long position, Guid id) => recent[position % recent.Length] is { } known && known.Id == id ? known : null;

    /// <summary>The newest entry of an epoch that this process has stored.</summary>
    public KnownEntry? NewestOf(Guid epoch) => newest is { } known && known.Position.Epoch == epoch ? known : null;

    /// <summary>The newest entry that this process knows of: it has read or stored it.</summary>
    public KnownEntry? Newest(IReadLog? read) => read is null ? newest
        : NewestOf(read.Position.Epoch) is { } known && known.Position.Position > read.Position.Position ? known : read.Newest;

    /// <summary>Which transaction was stored at the position, as far as this process has read or stored it.</summary>
    public Guid? At(LogPosition position, IReadLog? read) =>
        recent[position.Position % recent.Length] is { } stored && stored.Position == position ? stored.Id : read?.TransactionAt(position);
}
