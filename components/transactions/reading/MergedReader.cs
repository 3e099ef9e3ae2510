using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// Reads one repeatable snapshot of the site's database and folds over it what the log holds beyond the snapshot's
/// watermark. Filters, order, paging and counts are those of the merged set.
/// </summary>
internal sealed class MergedReader<T, TKey>(
    RequestState request, SnapshotReader snapshots, SharedRead<T> shared, LsnTracker replica, Narrowing narrowing)
    : IReader<T, TKey> where T : Row<TKey>, IRow<T> where TKey : notnull
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
            var (snapshot, row, answer) = await FindAsync(scope, from, id, lookup, ct);
            lookup?.Is(answer);
            var merged = await from.CutAsync() is not { } cut
                ? row
                : (T?)cut.State.Fold(T.Table, key, from.Holds.Fold(T.Table, key, row), snapshot.Position, cut);
            return (snapshot, await narrowing.SeenAsync(from, snapshot, merged, ct) is { } seen ? WithSync(seen, from) : null);
        }, ct);
    }

    public async Task<IReadOnlyDictionary<TKey, T>> FindManyAsync(IReadOnlyCollection<TKey> ids, CancellationToken ct)
    {
        var keys = ids.Distinct().ToDictionary(id => id, id => Table.KeyText(id));
        if (request.Scope is { Purpose: ReadPurpose.Log } scope)
        {
            foreach (var key in keys.Values)
                scope.LookedFor(T.Table.Guard(key));
        }
        return keys.Count == 0 ? new Dictionary<TKey, T>() : await snapshots.ReadAsync(from => FindManyAsync(from, keys, ct), ct);
    }

    public Task<Page<T>> ListAsync(ListQuery<T> query, CancellationToken ct)
    {
        request.Scope.Lists();
        return snapshots.ReadAsync(async from =>
        {
            // What the main database had recorded is asked of the database alone.
            if (query.AsOf is not null)
                return await PageAloneAsync(from, query, ct);
            if (await TryAloneAsync(from, query, ct) is { } alone)
                return alone;
            await from.Session.BeginSnapshotAsync(ct);
            var (snapshot, rows, _) = await QueryAsync(from, query with { Count = false }, ct);
            return (snapshot, await MergeAsync(from, query, snapshot, rows, ct));
        }, ct);
    }

    /// <summary>
    /// One snapshot's page and count in one flight. As a rule nothing of the table is pending, and the database's page is the page; or rows
    /// that are created alone, which are merged with it.
    /// </summary>
    /// <returns>Null when more has to be asked of the same snapshot, or is thought to be.</returns>
    private async Task<(DatabaseSnapshot, Page<T>)?> TryAloneAsync(ReadTarget from, ListQuery<T> query, CancellationToken ct)
    {
        if (query.Count && from.Expected is { } expected && IsTouched(expected, from.Holds, replica.Latest.PositionIn(expected.Epoch)))
            return null;
        var (snapshot, rows, total) = await QueryAsync(from, query, ct);
        if (await from.CutAsync() is not { } cut || !IsTouched(cut, from.Holds, snapshot.Position))
            return (snapshot, PageOf(query, rows, total, row => WithSync(row, from)));
        return !query.Count && !narrowing.Concerns(T.Table) && new PendingRows(from, query, snapshot, cut, null) is var pending && pending.IsApartFrom(rows)
            ? (snapshot, PageOf(query, pending.Merge.With(rows), null, row => Shown(row, from, snapshot, cut)))
            : null;
    }

    private async Task<(DatabaseSnapshot Snapshot, Page<T> Page)> PageAloneAsync(ReadTarget from, ListQuery<T> query, CancellationToken ct)
    {
        var (snapshot, rows, total) = await QueryAsync(from, query, ct);
        return (snapshot, PageOf(query, rows, total, row => WithSync(row, from)));
    }

    /// <summary>The snapshot, and in it the database's own page and a row more, and its count if that is asked for.</summary>
    private Task<(DatabaseSnapshot Snapshot, IReadOnlyList<T> Rows, long? Total)> QueryAsync(
        ReadTarget from, ListQuery<T> query, CancellationToken ct)
    {
        var parameters = new Dapper.DynamicParameters(from.Parameters);
        var seen = narrowing.Of(T.Table);
        var (pageSql, pageParameters) = ListSql.Page(query, [], seen);
        parameters.AddDynamicParams(pageParameters);
        // Its parameters are among those of the page.
        var countSql = query.Count ? ListSql.Count(query, [], seen).Sql : "";
        return from.Session.QueryManyAsync($"{DatabaseSnapshot.Sql} {pageSql};{countSql}", parameters, async grid =>
        (
            await grid.ReadSingleAsync<DatabaseSnapshot>(),
            (IReadOnlyList<T>)[.. await grid.ReadAsync<T>()],
            query.Count ? await grid.ReadSingleAsync<long>() : (long?)null
        ), ct);
    }

    private static bool IsTouched(OverlayCut cut, HeldFold holds, long snapshot) =>
        holds.Touched(T.Table).Any() || cut.State.Touched(T.Table, snapshot, cut.Position).Any();

    /// <param name="alone">The database's own page, which as a rule nothing that is pending takes a row from.</param>
    private async Task<Page<T>> MergeAsync(
        ReadTarget from, ListQuery<T> query, DatabaseSnapshot snapshot, IReadOnlyList<T> alone, CancellationToken ct)
    {
        var (session, cut) = (from.Session, await from.CutAsync());
        var seen = cut is not null && narrowing.Concerns(T.Table)
            ? await narrowing.SeenAsync(from, snapshot, T.Table, PendingRows.Created(snapshot, cut), ct)
            : null;
        var pending = new PendingRows(from, query, snapshot, cut, seen);
        await pending.AddCreatedElsewhereAsync(session, ct);
        var rows = await pending.PageAsync(session, alone, narrowing.Of(T.Table), ct);
        await pending.AddChangedAsync(session, narrowing, ct);
        long? total = null;
        if (query.Count)
        {
            var (countSql, countParameters) = ListSql.Count(query, pending.Excluded, narrowing.Of(T.Table));
            total = await session.FindAsync<long>(countSql, countParameters, ct) + pending.Merge.Matching;
        }
        return PageOf(query, pending.Merge.With(rows), total, row => Shown(row, from, snapshot, cut));
    }

    private static T Shown(T row, ReadTarget from, DatabaseSnapshot snapshot, OverlayCut? cut) =>
        WithSync(cut is null ? row : (T)cut.State.WithSync(T.Table, Table.KeyText(row.Key), row, snapshot.Position, cut), from);

    /// <param name="rows">The page and, if there is a next one, a row more.</param>
    private static Page<T> PageOf(ListQuery<T> query, IReadOnlyList<T> rows, long? total, Func<T, T> show)
    {
        var items = rows.Take(query.Limit).Select(show).ToList();
        return new(items, rows.Count > query.Limit ? query.CursorAfter(items[^1]) : null, total);
    }

    private async Task<Found<T>> FindAsync(DecisionScope scope, ReadTarget from, TKey id, IdempotencyLookup? lookup, CancellationToken ct)
    {
        if (from.IsShared)
        {
            return lookup is null && scope.TakesRecent && shared.FindRecent(id, await from.CutAsync(), from.Holds) is { } recent
                ? recent
                : await shared.FindAsync(id, from.Lineage, lookup);
        }
        var parameters = new Dapper.DynamicParameters(from.Parameters);
        parameters.Add("id", id);
        lookup?.AddTo(parameters);
        var sql = $"{DatabaseSnapshot.Sql} {Select} where id = @id;{(lookup is null ? "" : IdempotencyKeys.FindBufferedSql)}";
        return await from.Session.QueryManyAsync(sql, parameters, async grid =>
            new Found<T>(await grid.ReadSingleAsync<DatabaseSnapshot>(), await grid.ReadSingleOrDefaultAsync<T>(),
                lookup is null ? null : await grid.ReadSingleOrDefaultAsync<AppliedTransaction>()), ct);
    }

    private async Task<(DatabaseSnapshot, Dictionary<TKey, T>)> FindManyAsync(ReadTarget from, Dictionary<TKey, string> keys, CancellationToken ct)
    {
        var parameters = new Dapper.DynamicParameters(from.Parameters);
        var (sql, byKeys) = ListSql.ByKeys<T>([.. keys.Keys.Cast<object>()]);
        parameters.AddDynamicParams(byKeys);
        var (snapshot, rows) = await from.Session.QueryManyAsync($"{DatabaseSnapshot.Sql} {sql};", parameters, async grid =>
            (await grid.ReadSingleAsync<DatabaseSnapshot>(), (await grid.ReadAsync<T>()).ToDictionary(r => r.Id)), ct);
        if (await from.CutAsync() is { } cut)
        {
            foreach (var (id, key) in keys)
            {
                if (cut.State.Fold(T.Table, key, from.Holds.Fold(T.Table, key, rows.GetValueOrDefault(id)), snapshot.Position, cut) is T merged)
                    rows[id] = merged;
                else
                    rows.Remove(id);
            }
        }
        if (narrowing.Concerns(T.Table))
            rows = (await narrowing.SeenAsync(from, snapshot, [.. rows.Values], ct)).ToDictionary(r => r.Id);
        foreach (var (id, row) in rows)
            rows[id] = WithSync(row, from);
        return (snapshot, rows);
    }

    private static T WithSync(T row, ReadTarget from) => row.Sync is null ? row with { Sync = new(from.State, row.TransactionId) } : row;

    /// <summary>The rows of which the database may have another state than the site: those that the log creates or changes, and those held.</summary>
    private sealed class PendingRows
    {
        private readonly ReadTarget from;
        private readonly DatabaseSnapshot snapshot;
        private readonly OverlayCut? cut;
        private readonly ListQuery<T> query;
        private readonly HashSet<string> changed;
        private readonly List<object> created = [];
        private readonly List<object> excluded;

        /// <param name="seen">The keys of those created rows that the caller sees; null for all.</param>
        public PendingRows(ReadTarget from, ListQuery<T> query, DatabaseSnapshot snapshot, OverlayCut? cut, HashSet<string>? seen)
        {
            (this.from, this.query, this.snapshot, this.cut) = (from, query, snapshot, cut);
            Merge = new(query);
            var held = (cut is null ? [] : from.Holds.Touched(T.Table)).ToHashSet();
            changed = held.ToHashSet();
            foreach (var (key, whole) in cut?.State.Touched(T.Table, snapshot.Position, cut.Position) ?? [])
            {
                if (whole is T row && (held.Count == 0 || !held.Contains(Table.KeyText(row.Key))))
                {
                    if (seen is null || seen.Contains(Table.KeyText(row.Key)))
                        Merge.Add(row);
                    if (query.Count)
                        created.Add(row.Key);
                }
                else if (key is not null)
                    changed.Add(key);
            }
            excluded = [.. changed.Select(T.Table.Key.Type.Parse).OfType<object>()];
        }

        /// <summary>The rows that the log creates.</summary>
        public static IReadOnlyList<Row> Created(DatabaseSnapshot snapshot, OverlayCut cut) =>
            [.. cut.State.Touched(T.Table, snapshot.Position, cut.Position).Select(t => t.Created).OfType<Row>()];

        public PageMerge<T> Merge { get; }

        /// <summary>Keys of rows that the database is not asked for.</summary>
        public IReadOnlyCollection<object> Excluded => excluded;

        /// <summary>Another site may have given the id of a row that is created in the log to one of its own.</summary>
        public async Task AddCreatedElsewhereAsync(DbSession session, CancellationToken ct)
        {
            if (created.Count == 0)
                return;
            var (sql, parameters) = ListSql.ByKeys<T>(created);
            excluded.AddRange((await session.QueryAsync<T>(sql, parameters, ct)).Select(r => r.Key));
        }

        /// <param name="rows">The database's own page, from which nothing is excluded.</param>
        public async Task<IReadOnlyList<T>> PageAsync(DbSession session, IReadOnlyList<T> rows, SeenRows? seen, CancellationToken ct)
        {
            for (var known = 0; ; known = excluded.Count)
            {
                excluded.AddRange(rows.Where(IsCreated).Select(r => r.Key));
                if (excluded.Count == known)
                    return rows;
                var (sql, parameters) = ListSql.Page(query, excluded, seen, Merge.Last);
                rows = [.. await session.QueryAsync<T>(sql, parameters, ct)];
            }
        }

        /// <summary>Whether none of the database's rows has another state at the site, so that its page and what is created make the page.</summary>
        public bool IsApartFrom(IReadOnlyList<T> rows) => changed.Count == 0 && !rows.Any(IsCreated);

        /// <summary>Another site has given this row's id to one of its own.</summary>
        private bool IsCreated(T row) => cut is not null && cut.State.IsCreated(T.Table, Table.KeyText(row.Key), snapshot.Position, cut);

        /// <summary>Folds the rows that the log changes.</summary>
        public async Task AddChangedAsync(DbSession session, Narrowing narrowing, CancellationToken ct)
        {
            if (changed.Count == 0)
                return;
            var (sql, parameters) = ListSql.ByKeys<T>(excluded);
            var bases = (await session.QueryAsync<T>(sql, parameters, ct)).ToDictionary(r => Table.KeyText(r.Key));
            var rows = changed.Select(key =>
                cut!.State.FoldWithoutSync(T.Table, key, from.Holds.Fold(T.Table, key, bases.GetValueOrDefault(key)), snapshot.Position, cut)).OfType<T>();
            foreach (var row in await narrowing.SeenAsync(from, snapshot, [.. rows], ct))
                Merge.Add(row);
        }
    }
}
