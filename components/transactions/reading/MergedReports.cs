using Dapper;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// Puts what the log holds beyond a snapshot, and what is held, in the place of the snapshot's rows: as rows that travel with the question,
/// so that joins, groups and sums are PostgreSQL's over both.
/// </summary>
internal sealed class MergedReports(SnapshotReader snapshots, Narrowing narrowing) : IReports
{
    public Task<IReadOnlyList<TAnswer>> AskAsync<TAnswer>(
        IReadOnlyList<ReportTable> tables, Func<IReadOnlyList<string>, string> sql, DynamicParameters parameters, CancellationToken ct) =>
        snapshots.ReadAsync(async from =>
        {
            await from.Session.BeginSnapshotAsync(ct);
            var snapshot = (await from.Session.FindAsync<DatabaseSnapshot>(DatabaseSnapshot.Sql, from.Parameters, ct))!;
            var all = new DynamicParameters(parameters);
            var sources = new List<string>();
            foreach (var table in tables)
            {
                var (without, rows) = await PendingAsync(from, table, snapshot, ct);
                sources.Add(table.Source(without, await SeenAsync(from, snapshot, table.Table, rows, ct), narrowing.Of(table.Table), all));
            }
            return (snapshot, await from.Session.QueryAsync<TAnswer>(sql(sources), all, ct));
        }, ct);

    private async Task<IReadOnlyList<Row>> SeenAsync(
        ReadTarget from, DatabaseSnapshot snapshot, Table table, IReadOnlyList<Row> rows, CancellationToken ct)
    {
        if (rows.Count == 0 || !narrowing.Concerns(table))
            return rows;
        var seen = await narrowing.SeenAsync(from, snapshot, table, rows, ct);
        return [.. rows.Where(r => seen.Contains(Table.KeyText(r.Key)))];
    }

    /// <summary>The keys of the rows of which the site may have another state, and those of these rows that the question is about.</summary>
    private static async Task<(IReadOnlyCollection<string> Keys, IReadOnlyList<Row> Rows)> PendingAsync(
        ReadTarget from, ReportTable of, DatabaseSnapshot snapshot, CancellationToken ct)
    {
        if (await from.CutAsync() is not { } cut)
            return ([], []);
        var (table, held) = (of.Table, from.Holds.Touched(of.Table).ToHashSet());
        var (changed, created, rows) = (held.ToHashSet(), new List<string>(), new List<Row>());
        foreach (var (key, row) in cut.State.Touched(table, snapshot.Position, cut.Position))
        {
            var name = key ?? Table.KeyText(row!.Key);
            if (row is null || held.Contains(name))
            {
                changed.Add(name);
                continue;
            }
            created.Add(name);
            if (of.Matches(row))
                rows.Add(row);
        }
        var stored = changed.Count == 0 ? new Dictionary<string, Row>() : await of.ReadAsync(from.Session, changed, ct);
        foreach (var key in changed)
        {
            var below = from.Holds.Fold(table, key, stored.GetValueOrDefault(key));
            if (cut.State.FoldWithoutSync(table, key, below, snapshot.Position, cut) is { } row && of.Matches(row))
                rows.Add(row);
        }
        return ([.. changed, .. created], rows);
    }
}
