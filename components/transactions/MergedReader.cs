using System.Globalization;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// Reads one repeatable snapshot of the site's database and folds over it what the log holds beyond the snapshot's
/// watermark. Filters, order, paging and counts are those of the merged set.
/// </summary>
internal sealed class MergedReader(View view, SnapshotReader snapshots) : IMergedReader
{
    public Task<T?> FindAsync<T>(string select, object key, CancellationToken ct) where T : Row, IRow<T>
    {
        view.SawRow(T.Table.Guard(Table.KeyText(key)));
        return snapshots.ReadAsync(async from =>
        {
            var parameters = new Dapper.DynamicParameters(from.Parameters);
            parameters.Add("key", key);
            var (snapshot, row) = await from.Session.QueryManyAsync($"{Snapshot.Sql} {select} where id = @key", parameters,
                async grid => (await grid.ReadSingleAsync<Snapshot>(), await grid.ReadSingleOrDefaultAsync<T>()), ct);
            var merged = from.Capture is not { } capture ? row : (T?)capture.State.Fold(T.Table, Table.KeyText(key), from.Holds.Fold(T.Table, Table.KeyText(key), row), snapshot.Position, capture);
            return (snapshot, merged is null ? null : WithSync(merged, from));
        }, ct);
    }

    public Task<Page<T>> ListAsync<T>(string select, ListQuery<T> query, CancellationToken ct) where T : Row, IRow<T> => snapshots.ReadAsync(async from =>
    {
        var (session, capture) = (from.Session, from.Capture);
        await session.BeginSnapshotAsync(ct);
        var snapshot = (await session.FindAsync<Snapshot>(Snapshot.Sql, from.Parameters, ct))!;
        var touched = capture?.State.Touched(T.Table, snapshot.Position, capture.Position).ToDictionary(t => t.Key, t => t.InSnapshot) ?? [];
        foreach (var key in capture is null ? [] : from.Holds.Touched(T.Table))
            touched[key] = true;
        var keys = touched.Where(t => t.Value).Select(t => Key<T>(t.Key)).ToList();

        var (pageSql, pageParameters) = ListSql.Page(select, query, keys);
        var rows = await session.QueryAsync<T>(pageSql, pageParameters, ct);
        var bases = new Dictionary<string, T>();
        if (keys.Count > 0)
        {
            var (baseSql, baseParameters) = ListSql.ByKeys<T>(select, keys);
            bases = (await session.QueryAsync<T>(baseSql, baseParameters, ct)).ToDictionary(r => Table.KeyText(r.Key));
        }
        var pending = touched
            .Select(t => (T?)capture!.State.Fold(T.Table, t.Key, from.Holds.Fold(T.Table, t.Key, bases.GetValueOrDefault(t.Key)), snapshot.Position, capture))
            .OfType<T>().Where(query.Matches).ToList();

        long? total = null;
        if (query.Count)
        {
            var (countSql, countParameters) = ListSql.Count(query, keys);
            total = await session.FindAsync<long>(countSql, countParameters, ct) + pending.Count;
        }
        var merged = pending.Count == 0 ? rows : rows.Concat(pending.Where(query.IsAfterCursor)).Order(Comparer<T>.Create(query.Compare)).ToList();
        var items = merged.Take(query.Limit).Select(row => WithSync(row, from)).ToList();
        return (snapshot, new Page<T>(items, merged.Count > query.Limit ? query.CursorAfter(items[^1]) : null, total));
    }, ct);

    private static T WithSync<T>(T row, Source from) where T : Row => row.Sync is null ? row with { Sync = new(from.State, row.TransactionId) } : row;

    private static object Key<T>(string text) where T : Row, IRow<T> =>
        T.Table.Columns.First(c => c.Name == "id").Type == typeof(Guid) ? Guid.Parse(text) : int.Parse(text, CultureInfo.InvariantCulture);
}
