using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>What an answer says of the state that it comes from.</summary>
internal sealed class ServedState(Site site)
{
    private long appended;
    private DatabaseSnapshot? committed;

    /// <summary>Whether what was read may be older than what this site has shown or accepted.</summary>
    public bool IsStale { get; set; }

    /// <summary>The request's write is in the site's log.</summary>
    public void Appended(long position) => appended = position;

    /// <summary>The request's write is on the main database, as it was just after.</summary>
    public void Committed(DatabaseSnapshot after) => committed = after;

    /// <summary>Site, epoch, position, timeline and LSN of the state that was read or written; null when nothing was.</summary>
    /// <param name="scope">What was read last.</param>
    public Consistency? Describe(DecisionScope scope)
    {
        if ((committed ?? scope.Snapshot) is not { } snapshot)
            return null;
        if (IsStale)
            return new(null, snapshot.AsOf);
        var position = Math.Max(appended, Math.Max(scope.Cut?.Position ?? 0, snapshot.Position));
        return new(new ConsistencyToken(site.Name, scope.Cut?.Epoch, position, WalPosition.Of(snapshot)).ToString(), snapshot.AsOf);
    }
}
