using Dapper;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// Tells which rows a caller sees who does not see all programmes, also rows that no database has yet. SQL decides on all of them, in the
/// snapshot that is read: pending rows travel with the question.
/// </summary>
internal sealed class Narrowing(Sight sight, SightSql sql)
{
    public bool Concerns(Table table) => sight.Narrows(table);

    /// <summary>The condition on the rows of the database; null when the caller sees all.</summary>
    public SeenRows? Of(Table table) => sql.Of(sight, table);

    /// <summary>The row, if the caller sees it.</summary>
    public async Task<T?> SeenAsync<T>(ReadTarget from, DatabaseSnapshot snapshot, T? row, CancellationToken ct) where T : Row, IRow<T> =>
        row is not null && Concerns(T.Table) && (await SeenAsync(from, snapshot, T.Table, [row], ct)).Count == 0 ? null : row;

    /// <summary>The rows that the caller sees.</summary>
    public async Task<IReadOnlyList<T>> SeenAsync<T>(ReadTarget from, DatabaseSnapshot snapshot, IReadOnlyList<T> rows, CancellationToken ct)
        where T : Row, IRow<T>
    {
        if (rows.Count == 0 || !Concerns(T.Table))
            return rows;
        var seen = await SeenAsync(from, snapshot, T.Table, rows, ct);
        return [.. rows.Where(r => seen.Contains(Table.KeyText(r.Key)))];
    }

    /// <summary>The keys of those rows of a table which the caller sees, or may change.</summary>
    /// <param name="rows">As the site has them.</param>
    /// <param name="coming">Rows that are decided together with these.</param>
    public async Task<HashSet<string>> SeenAsync(
        ReadTarget from, DatabaseSnapshot snapshot, Table table, IReadOnlyCollection<Row> rows, CancellationToken ct,
        SightPurpose purpose = SightPurpose.Read, ILookup<Table, Row>? coming = null)
    {
        var (cut, parameters, sources) = (await from.CutAsync(), new DynamicParameters(), new Dictionary<Table, string>());
        foreach (var above in SightSql.Above(table))
        {
            Row[] pending = [.. Pending(from, snapshot, cut, above), .. coming?[above] ?? []];
            sources[above] = pending.Length == 0 ? above.Name : $"(select * from {above.Name} union all {Given(above, pending, parameters)}) {above.Name}";
        }
        var seen = sql.Of(sight, table, purpose, t => sources[t])!;
        var question = $"select {table.Name}.id::text from ({Given(table, rows, parameters, "asked")}) {table.Name} where {seen.Sql(parameters)}";
        return [.. await from.Session.QueryAsync<string>(question, parameters, ct)];
    }

    /// <summary>Rows of which nothing is in the snapshot; of those that are changed it knows where they belong.</summary>
    private static IEnumerable<Row> Pending(ReadTarget from, DatabaseSnapshot snapshot, OverlayCut? cut, Table table) => cut is null ? [] :
    [
        .. cut.State.Touched(table, snapshot.Position, cut.Position).Select(t => t.Created).OfType<Row>(),
        .. from.Holds.Touched(table).Select(key => from.Holds.Fold(table, key, null)).OfType<Row>(),
    ];

    private static string Given(Table table, IEnumerable<Row> rows, DynamicParameters parameters, string? name = null)
    {
        var parameter = $"{name ?? table.Name}_given";
        parameters.Add(parameter, Json.ToElement(rows.Select(table.Write)).GetRawText());
        return $"select * from jsonb_populate_recordset(null::{table.Name}, @{parameter}::jsonb)";
    }
}

/// <summary>Asks, when a decision is made, whether the caller may write in the programmes of its rows.</summary>
internal sealed class ChangeAccess(SnapshotReader snapshots, Narrowing narrowing) : IChangeAccess
{
    public async Task RequireAsync(Changes changes, CancellationToken ct)
    {
        var concerned = changes.All.Where(c => narrowing.Concerns(c.Table)).ToList();
        if (concerned.Count == 0)
            return;
        var coming = concerned.Where(c => c.Before is null).ToLookup(c => c.Table, c => c.After);
        var refused = await snapshots.ReadAsync(async from =>
        {
            var snapshot = (await from.Session.FindAsync<DatabaseSnapshot>(DatabaseSnapshot.Sql, from.Parameters, ct))!;
            foreach (var of in concerned.GroupBy(c => c.Table))
            {
                // Who moves a row from one programme to another writes in both.
                if (await FindRefusedAsync(from, snapshot, of.Key, [.. of.Select(c => c.Before).OfType<Row>()]) is { } before)
                    return (snapshot, before);
                if (await FindRefusedAsync(from, snapshot, of.Key, [.. of.Select(c => c.After)]) is { } after)
                    return (snapshot, after);
            }
            return (snapshot, (string?)null);
        }, ct);
        if (refused is not null)
            throw new RefusalException(Problems.ProgramReadOnly, refused);

        async Task<string?> FindRefusedAsync(ReadTarget from, DatabaseSnapshot snapshot, Table table, IReadOnlyCollection<Row> rows)
        {
            if (rows.Count == 0)
                return null;
            var allowed = await narrowing.SeenAsync(from, snapshot, table, rows, ct, SightPurpose.Change, coming);
            return rows.FirstOrDefault(r => !allowed.Contains(Table.KeyText(r.Key))) is { } row
                ? $"The {table.Noun} {Table.KeyText(row.Key)} is not of a programme in which you may change it."
                : null;
        }
    }
}
