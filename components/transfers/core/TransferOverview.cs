namespace OpsDb.Transfers;

/// <summary>How much is where on its way from the instruments to the archives.</summary>
/// <param name="TotalPackages">All raw data packages.<example>1200</example></param>
/// <param name="ActiveTransfers">Data transfers that are in a queue or at work, to be copied or unpacked.<example>3</example></param>
/// <param name="Packages">Raw data packages.</param>
/// <param name="Copying">Data transfers.</param>
/// <param name="Unpacking">Data transfers that are copied.</param>
/// <param name="Archiving">Archive transfers.</param>
/// <param name="Staging">Staging jobs that are not released.</param>
public sealed record TransferOverview(
    long TotalPackages, long ActiveTransfers, PackageCounts Packages, WorkCounts Copying, WorkCounts Unpacking, WorkCounts Archiving, WorkCounts Staging);

/// <summary>How many packages are where.</summary>
/// <param name="Waiting">At their first location alone.</param>
/// <param name="Transferring">In a bundle that is moved.</param>
/// <param name="Archived">Safe in a long-term archive.</param>
/// <param name="Failed">Lost their way.</param>
public sealed record PackageCounts(long Waiting, long Transferring, long Archived, long Failed);

/// <summary>How many pieces of work are in which state.</summary>
/// <param name="Pending">Wait to be taken.</param>
/// <param name="Scheduled">In a queue.</param>
/// <param name="InProgress">Somebody is at them.</param>
/// <param name="Completed">Done.</param>
/// <param name="Failed">Given up until somebody retries them.</param>
public sealed record WorkCounts(long Pending, long Scheduled, long InProgress, long Completed, long Failed);

/// <summary>Counts what is on its way, as the site sees it, with what is pending.</summary>
public interface ITransferOverviews
{
    Task<TransferOverview> ReadAsync(CancellationToken ct);
}
