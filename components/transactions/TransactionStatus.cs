using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>The life of one write, as far as this site can tell.</summary>
/// <param name="State">Buffered, applied, or replicated.</param>
/// <param name="Epoch">The log's epoch; absent for a direct write, like the position.</param>
/// <param name="AcceptedAt">When the site accepted it; from then on it is durable.</param>
/// <param name="AppliedAt">When the main database executed it, once this site's database tells.</param>
/// <param name="VisibleAt">The sites whose reads show it, as far as this site knows.</param>
public sealed record TransactionStatus(
    Guid Id, string Site, string Kind, string Actor, SyncState State, Guid? Epoch, long? Position, DateTimeOffset AcceptedAt, DateTimeOffset? AppliedAt, IReadOnlyList<string> VisibleAt);

/// <summary>Answers what became of a transaction.</summary>
public interface ITransactions
{
    /// <returns>Null when this site does not know it (a direct write elsewhere appears when it has been replicated).</returns>
    Task<TransactionStatus?> FindAsync(Guid id, CancellationToken ct);
}

internal sealed class Transactions(SnapshotReader snapshots, Site site) : ITransactions
{
    public Task<TransactionStatus?> FindAsync(Guid id, CancellationToken ct) => snapshots.ReadAsync(async from =>
    {
        var capture = from.Capture;
        // Before the query: it may leave the overlay while the database is asked.
        var pending = capture?.State.Find(id);
        var parameters = new Dapper.DynamicParameters(from.Parameters);
        parameters.Add("id", id);
        var (snapshot, applied) = await from.Session.QueryManyAsync($"{Snapshot.Sql} {Applied.Sql} where id = @id", parameters,
            async grid => (await grid.ReadSingleAsync<Snapshot>(), await grid.ReadSingleOrDefaultAsync<Applied>()), ct);
        return (snapshot, Status(id, from, pending, applied));
    }, ct);

    private TransactionStatus? Status(Guid id, Source from, Pending? pending, Applied? applied)
    {
        var capture = from.Capture;
        if (applied is not null)
            return new(applied.Id, applied.Site, applied.Kind, applied.Actor, from.State,
                applied.Epoch, applied.Position, applied.OccurredAt, applied.AppliedAt, [.. new[] { "main", applied.Site, site.Name }.Distinct()]);
        if (capture is null || pending is null || pending.Position > capture.Position)
            return null;
        var onMain = pending.Position <= capture.AppliedHint;
        return new(id, site.Name, pending.Kind, pending.Actor.User, onMain ? SyncState.Applied : SyncState.Buffered, capture.Epoch, pending.Position, pending.OccurredAt, null,
            onMain ? ["main", site.Name] : [site.Name]);
    }
}
