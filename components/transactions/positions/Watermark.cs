namespace OpsDb.Transactions;

/// <summary>How far one epoch of a site's log has been applied, in one database.</summary>
internal sealed record Watermark(long Position, Guid? TransactionId, long Revision)
{
    public static Watermark Zero { get; } = new(0, null, 0);
}
