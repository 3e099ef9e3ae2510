using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Makes sure that what this site does on the main database directly is seen by its own later reads, in every process.</summary>
internal sealed class SiteVisibility(TransactionLog log, RequestState request, ISiteStates states, Site site)
{
    /// <summary>Asked first: better refused now than done without being able to make sure of it.</summary>
    /// <exception cref="OutageException">buffer-unavailable.</exception>
    public Task RequireAsync() => site.Type == SiteType.Secondary ? log.RequireAsync() : Task.CompletedTask;

    /// <summary>From now on no read of this site is older than what the main database holds at this moment.</summary>
    /// <param name="forDecisions">
    /// Whether decisions for the log look at that, too: what became of a failed or parked transaction is known by now, or a row is gone.
    /// </param>
    /// <exception cref="OutageException">main-unreachable, buffer-unavailable.</exception>
    public async Task ShowAsync(DbSession main, bool forDecisions = false)
    {
        var snapshot = (await main.FindAsync<DatabaseSnapshot>(DatabaseSnapshot.Sql, Lineage.None.Parameters(site), CancellationToken.None))!;
        if (site.Type == SiteType.Secondary)
            await log.RaiseReadFloorAsync(WalPosition.Of(snapshot), forDecisions);
        states.Forget();
        request.Served.Committed(snapshot);
    }

    /// <summary>The same after something was committed.</summary>
    /// <exception cref="OutageException">outcome-unknown: it is done, and this site's reads may not show it yet.</exception>
    public async Task ShowAsync(DbSession main, Guid? committed, bool forDecisions = false)
    {
        try
        {
            await ShowAsync(main, forDecisions);
        }
        catch (OutageException) when (site.Type == SiteType.Main)
        {
            // The change is committed; only where it stands in the write-ahead log is not known.
        }
        catch (OutageException e)
        {
            throw new OutageException(TransactionProblems.OutcomeUnknown,
                "The change may be made, but this site could not yet make sure that its reads show it.")
            {
                Transaction = committed,
                RetryAfter = e.RetryAfter,
            };
        }
    }
}
