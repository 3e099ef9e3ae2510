using System.Data;
using Dapper;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Reads superseded versions out of one snapshot of the site's database, and what the log holds beyond it on top of them.</summary>
internal sealed class MergedHistory<T, TKey>(SnapshotReader snapshots, ITokenNames tokens, Narrowing narrowing, Site site) : IHistory<T, TKey>
    where T : Row<TKey>, IRow<T> where TKey : notnull
{
    private static readonly string VersionsSql = HistorySql.Versions(T.Table);
    private static readonly string PresentSql = $"{ListSql.Select(T.Table)} where id = @id;";
    private static readonly string AsOfSql = $"{ListSql.Select(T.Table, HistorySql.RowsAsOf(T.Table, key: true))} where id = @id;";

    public async Task<Page<RowVersion<T>>> ReadAsync(TKey id, HistoryQuery query, CancellationToken ct) =>
        PageOf(query, await snapshots.ReadAsync(async from =>
        {
            var (snapshot, versions, _) = await ReadMergedAsync(from, id, query, ct);
            return (snapshot, versions);
        }, ct));

    public async Task<Page<Provenance>> ReadProvenanceAsync(TKey id, HistoryQuery query, CancellationToken ct)
    {
        var (versions, origins) = await snapshots.ReadAsync(async from =>
        {
            var (snapshot, versions, pending) = await ReadMergedAsync(from, id, query, ct);
            // The same database has them: they were recorded in the commits that made the versions.
            var ids = versions.Select(v => v.Sync.Transaction).Distinct().ToArray();
            var recorded = await from.Session.QueryAsync<TransactionOrigin>(TransactionOrigin.Sql, new { ids }, ct);
            return (snapshot, (versions, recorded.Concat(pending).DistinctBy(o => o.Id).ToDictionary(o => o.Id)));
        }, ct);
        var page = PageOf(query, versions);
        var shown = page.Items.Select(v => origins.GetValueOrDefault(v.Sync.Transaction)?.TokenId).OfType<Guid>().Distinct().ToArray();
        var names = shown.Length == 0 ? new Dictionary<Guid, string>() : await tokens.FindNamesAsync(shown, ct);
        return new([.. page.Items.Select(v => Of(v, origins.GetValueOrDefault(v.Sync.Transaction), names))], page.Next, null);
    }

    private static Provenance Of(RowVersion<T> version, TransactionOrigin? origin, IReadOnlyDictionary<Guid, string> names) => new(
        version.Version, version.Operation, version.ModifiedBy, origin?.TokenId, origin?.TokenId is { } token ? names.GetValueOrDefault(token) : null,
        version.Sync.Transaction == Guid.Empty ? null : version.Sync.Transaction, version.Sync.State, origin?.Kind, origin?.Site, origin?.Epoch,
        origin?.Position, version.ModifiedAt, origin?.AppliedAt, origin?.WalLsn, origin?.SoftwareVersion);

    /// <summary>The versions that the database has for one page below those that are coming, and where the ones in the log are from.</summary>
    private async Task<(DatabaseSnapshot, IReadOnlyList<RowVersion<T>>, IReadOnlyList<TransactionOrigin>)> ReadMergedAsync(
        ReadTarget from, TKey id, HistoryQuery query, CancellationToken ct)
    {
        var key = Table.KeyText(id);
        var (snapshot, row, recorded) = await ReadRecordedAsync(from, id, query, ct);
        if (!await IsSeenAsync(from, snapshot, key, row, ct))
            return (snapshot, [], []);
        if (await from.CutAsync() is not { } cut)
            return (snapshot, recorded, []);
        var (coming, pending) = (new List<RowVersion<T>>(), new List<TransactionOrigin>());
        Row? last = row;
        foreach (var (by, operation, after, sync) in from.Holds.Successive(T.Table, key, last))
            Add(by, operation, after, sync);
        foreach (var (by, operation, after) in cut.State.Successive(T.Table, key, last, snapshot.Position, cut))
        {
            Add(by, operation, after, new(cut.IsApplied(by.Position) ? SyncState.Applied : SyncState.Buffered, by.Id, by.Position));
            pending.Add(TransactionOrigin.Of(by, site.Name, cut.Epoch));
        }
        coming.Reverse();
        return (snapshot, [.. coming, .. recorded], pending);

        void Add(Pending by, StepOperation operation, Row? after, Sync sync)
        {
            if (after is T there)
                coming.Add(RowVersion<T>.Of(there, operation == StepOperation.Create ? VersionOperation.Created : VersionOperation.Changed, null, sync));
            else
                coming.Add(new(last?.Version ?? 0, VersionOperation.Deleted, by.OccurredAt, by.Actor.User, null, sync, null));
            last = after;
        }
    }

    public Task<T?> FindAsync(TKey id, DateTimeOffset asOf, CancellationToken ct) => snapshots.ReadAsync(async from =>
    {
        var parameters = Parameters(from, id);
        parameters.Add("as_of", asOf);
        var (snapshot, present, row) = await from.Session.QueryManyAsync($"{DatabaseSnapshot.Sql} {PresentSql} {AsOfSql}", parameters, async grid =>
        (
            await grid.ReadSingleAsync<DatabaseSnapshot>(), await grid.ReadSingleOrDefaultAsync<T>(), await grid.ReadSingleOrDefaultAsync<T>()
        ), ct);
        return (snapshot, row is not null && await IsSeenAsync(from, snapshot, Table.KeyText(id), present, ct)
            ? row with { Sync = new(from.State, row.TransactionId) }
            : null);
    }, ct);

    /// <summary>
    /// Whether the caller sees the row as it is: what somebody may not see now they may not see as it was, and of rows that are gone only those
    /// are told who see all.
    /// </summary>
    private async Task<bool> IsSeenAsync(ReadTarget from, DatabaseSnapshot snapshot, string key, T? stored, CancellationToken ct)
    {
        if (!narrowing.Concerns(T.Table))
            return true;
        var present = await from.CutAsync() is { } cut
            ? (T?)cut.State.Fold(T.Table, key, from.Holds.Fold(T.Table, key, stored), snapshot.Position, cut)
            : stored;
        return await narrowing.SeenAsync(from, snapshot, present, ct) is not null;
    }

    /// <summary>The present row, and what the database has of its history for one page.</summary>
    private static async Task<(DatabaseSnapshot, T?, IReadOnlyList<RowVersion<T>>)> ReadRecordedAsync(
        ReadTarget from, TKey id, HistoryQuery query, CancellationToken ct)
    {
        var parameters = Parameters(from, id);
        parameters.Add("transaction", query.After?.Transaction, DbType.Guid);
        parameters.Add("version", query.After?.Version, DbType.Int32);
        parameters.Add("is_deletion", query.After?.IsDeletion, DbType.Boolean);
        // The page before is met again in its last version, and one more tells whether there is a next page.
        parameters.Add("limit", query.Limit + 2);
        var (snapshot, row, recorded, superseded, rows) = await from.Session.QueryManyAsync($"{DatabaseSnapshot.Sql} {VersionsSql}", parameters, async grid =>
        (
            await grid.ReadSingleAsync<DatabaseSnapshot>(), await grid.ReadSingleOrDefaultAsync<T>(), await grid.ReadSingleOrDefaultAsync<DateTimeOffset?>(),
            await grid.ReadAsync<SupersededVersion>(), await grid.ReadAsync<T>()
        ), ct);
        var versions = new List<RowVersion<T>>();
        if (row is not null)
            versions.Add(Recorded(row, recorded, from));
        foreach (var (version, was) in superseded.Zip(rows))
        {
            if (version.IsDeleted)
            {
                var sync = new Sync(from.State, version.SupersededBy ?? Guid.Empty);
                versions.Add(new(version.Version, VersionOperation.Deleted, version.OccurredAt ?? version.RecordedTo, version.Actor ?? "",
                    version.RecordedTo, sync, null));
            }
            versions.Add(Recorded(was, version.RecordedFrom, from));
        }
        return (snapshot, row, versions);
    }

    private static RowVersion<T> Recorded(T row, DateTimeOffset? at, ReadTarget from) =>
        RowVersion<T>.Of(row, row.Version == 1 ? VersionOperation.Created : VersionOperation.Changed, at, new(from.State, row.TransactionId));

    private static DynamicParameters Parameters(ReadTarget from, TKey id)
    {
        var parameters = new DynamicParameters(from.Parameters);
        parameters.Add("id", id);
        parameters.Add("key", Table.KeyText(id));
        return parameters;
    }

    /// <param name="versions">At least one more than the page has, if there is one, and those before it as far as they are at hand.</param>
    private static Page<RowVersion<T>> PageOf(HistoryQuery query, IReadOnlyList<RowVersion<T>> versions)
    {
        var from = query.After is { } after ? versions.Index().Where(v => HistoryPlace.Of(v.Item) == after).Select(v => (int?)v.Index + 1).FirstOrDefault() : 0;
        // Of a row that there never was, nothing is worth saying but that.
        if (from is null && versions.Count > 0)
            throw HistoryQuery.UnknownPlace();
        List<RowVersion<T>> items = [.. versions.Skip(from ?? 0).Take(query.Limit)];
        return new(items, versions.Count > (from ?? 0) + query.Limit ? $"{HistoryPlace.Of(items[^1])}" : null, null);
    }
}
