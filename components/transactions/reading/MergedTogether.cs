using Dapper;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Asks for all tables in one flight, and folds what is pending over the rows that came.</summary>
internal sealed class MergedTogether(SnapshotReader snapshots, Narrowing narrowing) : IReadTogether
{
    public Task ReadAsync(IReadOnlyList<RowsOf> wanted, CancellationToken ct) => snapshots.ReadAsync(async from =>
    {
        var parameters = new DynamicParameters(from.Parameters);
        List<Part> parts = [.. wanted.Select((w, n) => w.For(new Making(FormattableString.Invariant($"q{n}_"), parameters, narrowing)))];
        var snapshot = await from.Session.QueryManyAsync($"{DatabaseSnapshot.Sql} {string.Concat(parts.Select(p => $"{p.Sql};"))}", parameters, async grid =>
        {
            var read = await grid.ReadSingleAsync<DatabaseSnapshot>();
            foreach (var part in parts)
                await part.TakeAsync(grid);
            return read;
        }, ct);
        var cut = await from.CutAsync();
        foreach (var part in parts)
            await part.FinishAsync(from, snapshot, cut, ct);
        return (snapshot, parts.Count);
    }, ct);

    private sealed class Making(string prefix, DynamicParameters parameters, Narrowing narrowing) : IUseOfRows<Part>
    {
        public Part Use<T>(RowsOf<T> rows) where T : Row, IRow<T>
        {
            var (sql, own) = ListSql.Page(rows.Query, [], narrowing.Of(T.Table), prefix: prefix);
            parameters.AddDynamicParams(own);
            return new Part<T>(rows, sql, narrowing);
        }
    }

    private abstract class Part(string sql)
    {
        public string Sql { get; } = sql;

        public abstract Task TakeAsync(SqlMapper.GridReader grid);

        public abstract Task FinishAsync(ReadTarget from, DatabaseSnapshot snapshot, OverlayCut? cut, CancellationToken ct);
    }

    private sealed class Part<T>(RowsOf<T> rows, string sql, Narrowing narrowing) : Part(sql) where T : Row, IRow<T>
    {
        private List<T> stored = [];

        public override async Task TakeAsync(SqlMapper.GridReader grid) => stored = (await grid.ReadAsync<T>()).AsList();

        public override async Task FinishAsync(ReadTarget from, DatabaseSnapshot snapshot, OverlayCut? cut, CancellationToken ct)
        {
            var all = cut is null ? stored : await MergedAsync(from, snapshot, cut, ct);
            rows.HasMore = all.Count > rows.Query.Limit;
            rows.Rows = [.. all.Take(rows.Query.Limit).Select(r => r.Sync is null ? r with { Sync = new(from.State, r.TransactionId) } : r)];
        }

        private async Task<List<T>> MergedAsync(ReadTarget from, DatabaseSnapshot snapshot, OverlayCut cut, CancellationToken ct)
        {
            var held = from.Holds.Touched(T.Table);
            var touched = cut.State.Touched(T.Table, snapshot.Position, cut.Position).Select(t => t.Key ?? Table.KeyText(t.Created!.Key))
                .Concat(held).ToHashSet();
            if (touched.Count == 0)
                return stored;
            var bases = stored.ToDictionary(r => Table.KeyText(r.Key));
            var merged = stored.Where(r => !touched.Contains(Table.KeyText(r.Key))).ToList();
            var changed = new List<T>();
            foreach (var key in touched)
            {
                var below = from.Holds.Fold(T.Table, key, bases.GetValueOrDefault(key));
                if (cut.State.Fold(T.Table, key, below, snapshot.Position, cut) is T row && rows.Query.Matches(row))
                    changed.Add(row);
            }
            merged.AddRange(await narrowing.SeenAsync(from, snapshot, changed, ct));
            merged.Sort(rows.Query.Compare);
            return merged;
        }
    }
}
