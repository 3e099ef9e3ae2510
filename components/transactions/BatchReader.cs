namespace OpsDb.Transactions;

/// <summary>
/// Reads batches for the processor, the next one while one is applied. A batch that took little time is followed by a larger one, so
/// that a long round trip costs little; one that took much by a smaller one, so that nobody waits long for its locks.
/// </summary>
/// <param name="largest">Transactions that one batch may have.</param>
internal sealed class BatchReader(TransactionLog log, int largest)
{
    private const int First = 1000;
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2), Long = TimeSpan.FromSeconds(10);

    private (long After, Task<Refresh> Page)? ahead;

    public int Size { get; private set; } = Math.Min(largest, First);

    /// <summary>The entry at the position and a batch that comes after it.</summary>
    public Task<Refresh> ReadAsync(long after)
    {
        var page = ahead is { } read && read.After == after ? read.Page : log.RefreshAsync(after - 1, Size + 1);
        ahead = null;
        return page;
    }

    /// <summary>Begins to read what comes next, if there is more.</summary>
    public void ReadAhead(Refresh page, long after) => ahead = page.Last > after ? (after, log.RefreshAsync(after - 1, Size + 1)) : null;

    /// <summary>What was read ahead is not needed.</summary>
    public void Forget() => ahead = null;

    /// <param name="whole">False when one of the batch was refused: what comes after it has to be sent again.</param>
    public void Applied(TimeSpan took, bool whole) => Size = whole
        ? took < Short ? Math.Min(largest, Size * 2) : took > Long ? Math.Max(1, Size / 2) : Size
        : Math.Min(Size, Math.Max(Size / 2, First));

    /// <summary>It was sent, and the link broke or the main database did not answer in time.</summary>
    public void Failed() => Size = Math.Max(1, Size / 2);
}
