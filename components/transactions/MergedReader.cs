using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// Reads one repeatable snapshot of the site's database and folds over it what the log holds beyond the snapshot's
/// watermark. Filters, order, paging and counts are those of the merged set.
/// </summary>
internal sealed class MergedReader<T, TKey>(View view, SnapshotReader snapshots, SharedRead<T> shared) : IReader<T, TKey> where T : Row<TKey>, IRow<T> where TKey : notnull
{
    private static readonly string Select = ListSql.Select(T.Table);

    public Task<T?> FindAsync(TKey id, CancellationToken ct)
    {
        var key = Table.KeyText(id);
        view.SawRow(T.Table.Guard(key));
        var question = view.TakeQuestion();
        return snapshots.ReadAsync(async from =>
        {
            var (snapshot, row, answer) = from.IsShared
                ? await shared.FindAsync(id, from.Lineage, question)
                : await FindAsync(from, id, question, ct);
            question?.Is(answer);
            var merged = from.Capture is not { } capture ? row : (T?)capture.State.Fold(T.Table, key, from.Holds.Fold(T.Table, key, row), snapshot.Position, capture);
            return (snapshot, merged is null ? null : WithSync(merged, from));
        }, ct);
    }

    public Task<Page<T>> ListAsync(ListQuery<T> query, CancellationToken ct) => snapshots.ReadAsync(async from =>
    {
        var (session, capture) = (from.Session, from.Capture);
        await session.BeginSnapshotAsync(ct);
        var snapshot = (await session.FindAsync<Snapshot>(Snapshot.Sql, from.Parameters, ct))!;
        var merge = new PageMerge<T>(query);
        // Of these rows the database may have another state.
        var held = (capture is null ? [] : from.Holds.Touched(T.Table)).ToHashSet();
        var keys = held.ToHashSet();
        var created = new List<object>();
        foreach (var (key, whole) in capture?.State.Touched(T.Table, snapshot.Position, capture.Position) ?? [])
        {
            if (whole is T row && (held.Count == 0 || !held.Contains(Table.KeyText(row.Key))))
            {
                merge.Add(row);
                if (query.Count)
                    created.Add(row.Key);
            }
            else if (key is not null)
                keys.Add(key);
        }

        var elsewhere = keys.Select(T.Table.Key.Type.Parse).OfType<object>().ToList();
        // Another site may have given the id of a row that is created in the log to one of its own.
        if (created.Count > 0)
        {
            var (twiceSql, twiceParameters) = ListSql.ByKeys<T>(created);
            elsewhere.AddRange((await session.QueryAsync<T>(twiceSql, twiceParameters, ct)).Select(r => r.Key));
        }
        IReadOnlyList<T> rows;
        while (true)
        {
            var (pageSql, pageParameters) = ListSql.Page(query, elsewhere, merge.Last);
            rows = [.. await session.QueryAsync<T>(pageSql, pageParameters, ct)];
            var known = elsewhere.Count;
            if (capture is not null)
                elsewhere.AddRange(rows.Where(r => capture.State.IsCreated(T.Table, Table.KeyText(r.Key), snapshot.Position, capture)).Select(r => r.Key));
            if (elsewhere.Count == known)
                break;
        }
        if (keys.Count > 0)
        {
            var (baseSql, baseParameters) = ListSql.ByKeys<T>(elsewhere);
            var bases = (await session.QueryAsync<T>(baseSql, baseParameters, ct)).ToDictionary(r => Table.KeyText(r.Key));
            foreach (var key in keys)
            {
                if (capture!.State.FoldWithoutSync(T.Table, key, from.Holds.Fold(T.Table, key, bases.GetValueOrDefault(key)), snapshot.Position, capture) is T row)
                    merge.Add(row);
            }
        }

        long? total = null;
        if (query.Count)
        {
            var (countSql, countParameters) = ListSql.Count(query, elsewhere);
            total = await session.FindAsync<long>(countSql, countParameters, ct) + merge.Matching;
        }
        var merged = merge.With(rows);
        var items = merged.Take(query.Limit)
            .Select(row => WithSync(capture is null ? row : (T)capture.State.WithSync(T.Table, Table.KeyText(row.Key), row, snapshot.Position, capture), from)).ToList();
        return (snapshot, new Page<T>(items, merged.Count > query.Limit ? query.CursorAfter(items[^1]) : null, total));
    }, ct);

    private static async Task<Found<T>> FindAsync(Source from, TKey id, IdempotencyLookup? question, CancellationToken ct)
    {
        var parameters = new Dapper.DynamicParameters(from.Parameters);
        parameters.Add("id", id);
        question?.AddTo(parameters);
        return await from.Session.QueryManyAsync($"{Snapshot.Sql} {Select} where id = @id;{(question is null ? "" : Keys.FindBufferedSql)}", parameters, async grid =>
            new Found<T>(await grid.ReadSingleAsync<Snapshot>(), await grid.ReadSingleOrDefaultAsync<T>(), question is null ? null : await grid.ReadSingleOrDefaultAsync<Applied>()), ct);
    }

    private static T WithSync(T row, Source from) => row.Sync is null ? row with { Sync = new(from.State, row.TransactionId) } : row;
}
