using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// Reads one repeatable snapshot of the site's database and folds over it what the log holds beyond the snapshot's
/// watermark. Filters, order, paging and counts are those of the merged set.
/// </summary>
internal sealed class MergedReader<T, TKey>(RequestState request, SnapshotReader snapshots, SharedRead<T> shared) : IReader<T, TKey> where T : Row<TKey>, IRow<T> where TKey : notnull
{
    private static readonly string Select = ListSql.Select(T.Table);

    public Task<T?> FindAsync(TKey id, CancellationToken ct)
    {
        var key = Table.KeyText(id);
        var scope = request.Scope;
        scope.LookedFor(T.Table.Guard(key));
        var lookup = scope.TakeLookup();
        return snapshots.ReadAsync(async from =>
        {
            var (snapshot, row, answer) = from.IsShared
                ? await shared.FindAsync(id, from.Lineage, lookup)
                : await FindAsync(from, id, lookup, ct);
            lookup?.Is(answer);
            var merged = from.Cut is not { } cut ? row : (T?)cut.State.Fold(T.Table, key, from.Holds.Fold(T.Table, key, row), snapshot.Position, cut);
            return (snapshot, merged is null ? null : WithSync(merged, from));
        }, ct);
    }

    public Task<Page<T>> ListAsync(ListQuery<T> query, CancellationToken ct) => snapshots.ReadAsync(async from =>
    {
        var (session, cut) = (from.Session, from.Cut);
        await session.BeginSnapshotAsync(ct);
        var snapshot = (await session.FindAsync<DatabaseSnapshot>(DatabaseSnapshot.Sql, from.Parameters, ct))!;
        var merge = new PageMerge<T>(query);
        // Of these rows the database may have another state.
        var held = (cut is null ? [] : from.Holds.Touched(T.Table)).ToHashSet();
        var keys = held.ToHashSet();
        var created = new List<object>();
        foreach (var (key, whole) in cut?.State.Touched(T.Table, snapshot.Position, cut.Position) ?? [])
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
            if (cut is not null)
                elsewhere.AddRange(rows.Where(r => cut.State.IsCreated(T.Table, Table.KeyText(r.Key), snapshot.Position, cut)).Select(r => r.Key));
            if (elsewhere.Count == known)
                break;
        }
        if (keys.Count > 0)
        {
            var (baseSql, baseParameters) = ListSql.ByKeys<T>(elsewhere);
            var bases = (await session.QueryAsync<T>(baseSql, baseParameters, ct)).ToDictionary(r => Table.KeyText(r.Key));
            foreach (var key in keys)
            {
                if (cut!.State.FoldWithoutSync(T.Table, key, from.Holds.Fold(T.Table, key, bases.GetValueOrDefault(key)), snapshot.Position, cut) is T row)
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
            .Select(row => WithSync(cut is null ? row : (T)cut.State.WithSync(T.Table, Table.KeyText(row.Key), row, snapshot.Position, cut), from)).ToList();
        return (snapshot, new Page<T>(items, merged.Count > query.Limit ? query.CursorAfter(items[^1]) : null, total));
    }, ct);

    private static async Task<Found<T>> FindAsync(ReadTarget from, TKey id, IdempotencyLookup? lookup, CancellationToken ct)
    {
        var parameters = new Dapper.DynamicParameters(from.Parameters);
        parameters.Add("id", id);
        lookup?.AddTo(parameters);
        return await from.Session.QueryManyAsync($"{DatabaseSnapshot.Sql} {Select} where id = @id;{(lookup is null ? "" : IdempotencyKeys.FindBufferedSql)}", parameters, async grid =>
            new Found<T>(await grid.ReadSingleAsync<DatabaseSnapshot>(), await grid.ReadSingleOrDefaultAsync<T>(), lookup is null ? null : await grid.ReadSingleOrDefaultAsync<AppliedTransaction>()), ct);
    }

    private static T WithSync(T row, ReadTarget from) => row.Sync is null ? row with { Sync = new(from.State, row.TransactionId) } : row;
}
