using Dapper;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Asks for all tables in one flight, and folds what is pending over the rows that came.</summary>
internal sealed class MergedTogether(SnapshotReader snapshots) : IReadTogether
{
    public Task ReadAsync(IReadOnlyList<RowsOf> wanted, CancellationToken ct) => snapshots.ReadAsync(async from =>
    {
        var parameters = new DynamicParameters(from.Parameters);
        List<Part> parts = [.. wanted.Select((w, n) => w.For(new Making(FormattableString.Invariant($"q{n}_"), parameters)))];
        var snapshot = await from.Session.QueryManyAsync($"{DatabaseSnapshot.Sql} {string.Concat(parts.Select(p => $"{p.Sql};"))}", parameters, async grid =>
        {
            var read = await grid.ReadSingleAsync<DatabaseSnapshot>();
            foreach (var part in parts)
                await part.TakeAsync(grid);
            return read;
        }, ct);
        var cut = await from.CutAsync();
        foreach (var part in parts)
            part.Finish(from, snapshot, cut);
        return (snapshot, parts.Count);
    }, ct);

    private sealed class Making(string prefix, DynamicParameters parameters) : IUseOfRows<Part>
    {
        public Part Use<T>(RowsOf<T> rows) where T : Row, IRow<T>
        {
            var (sql, own) = ListSql.Page(rows.Query, [], prefix: prefix);
            parameters.AddDynamicParams(own);
            return new Part<T>(rows, sql);
        }
    }

    private abstract class Part(string sql)
    {
        public string Sql { get; } = sql;

        public abstract Task TakeAsync(SqlMapper.GridReader grid);

        public abstract void Finish(ReadTarget from, DatabaseSnapshot snapshot, OverlayCut? cut);
    }

    private sealed class Part<T>(RowsOf<T> rows, string sql) : Part(sql) where T : Row, IRow<T>
    {
        private List<T> stored = [];

        public override async Task TakeAsync(SqlMapper.GridReader grid) => stored = (await grid.ReadAsync<T>()).AsList();

        public override void Finish(ReadTarget from, DatabaseSnapshot snapshot, OverlayCut? cut)
        {
            var all = cut is null ? stored : Merged(from, snapshot, cut);
            rows.HasMore = all.Count > rows.Query.Limit;
            rows.Rows = [.. all.Take(rows.Query.Limit).Select(r => r.Sync is null ? r with { Sync = new(from.State, r.TransactionId) } : r)];
        }

        private List<T> Merged(ReadTarget from, DatabaseSnapshot snapshot, OverlayCut cut)
        {
            var held = from.Holds.Touched(T.Table);
            var touched = cut.State.Touched(T.Table, snapshot.Position, cut.Position).Select(t => t.Key ?? Table.KeyText(t.Created!.Key))
                .Concat(held).ToHashSet();
            if (touched.Count == 0)
                return stored;
            var bases = stored.ToDictionary(r => Table.KeyText(r.Key));
            var merged = stored.Where(r => !touched.Contains(Table.KeyText(r.Key))).ToList();
            foreach (var key in touched)
            {
                var below = from.Holds.Fold(T.Table, key, bases.GetValueOrDefault(key));
                if (cut.State.Fold(T.Table, key, below, snapshot.Position, cut) is T row && rows.Query.Matches(row))
                    merged.Add(row);
            }
            merged.Sort(rows.Query.Compare);
            return merged;
        }
    }
}
