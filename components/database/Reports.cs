using Dapper;
using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>A question in SQL about tables as the site sees them, with everything that it has accepted and its database does not have yet.</summary>
public interface IReports
{
    /// <summary>Asks one statement of one snapshot.</summary>
    /// <param name="sql">Makes the statement of what stands in for each of the tables, in their order, under the tables' names.</param>
    Task<IReadOnlyList<TAnswer>> AskAsync<TAnswer>(
        IReadOnlyList<ReportTable> tables, Func<IReadOnlyList<string>, string> sql, DynamicParameters parameters, CancellationToken ct);
}

/// <summary>The rows of a table that a question is about.</summary>
/// <param name="columns">What the question looks at in them.</param>
public abstract class ReportTable(Table table, IReadOnlyList<string> columns)
{
    public Table Table { get; } = table;

    /// <summary>Whether the question is about this row.</summary>
    public abstract bool Matches(Row row);

    /// <summary>The rows with these keys as the database has them, by key.</summary>
    public abstract Task<IReadOnlyDictionary<string, Row>> ReadAsync(DbSession session, IReadOnlyCollection<string> keys, CancellationToken ct);

    /// <summary>What stands in for the table: its rows without some, and with others in their place.</summary>
    /// <param name="without">Keys.</param>
    /// <param name="rows">That match.</param>
    /// <param name="seen">Leaves the rows of the database that the caller sees; null for all.</param>
    public string Source(IReadOnlyCollection<string> without, IReadOnlyList<Row> rows, SeenRows? seen, DynamicParameters parameters)
    {
        var where = Conditions(seen, parameters);
        if (without.Count > 0)
        {
            parameters.Add($"{Table.Name}_without", without.ToArray());
            where = [.. where, $"id <> all(@{Table.Name}_without::{Table.Key.Type.Sql}[])"];
        }
        var stored = $"select {string.Join(", ", columns)} from {Table.Name}{(where.Count == 0 ? "" : $" where {string.Join(" and ", where)}")}";
        if (rows.Count == 0)
            return $"({stored}) {Table.Name}";
        var given = Table.Columns.Where(c => columns.Contains(c.Name)).ToDictionary(c => c.Name);
        var values = given.Keys.ToDictionary(c => c, _ => new string?[rows.Count]);
        foreach (var (n, row) in rows.Index())
        {
            var written = Table.Write(row);
            foreach (var (name, column) in given)
                values[name][n] = column.Type.Text(written.GetProperty(name));
        }
        foreach (var name in columns)
            parameters.Add($"{Table.Name}_{name}", values[name]);
        return $"""
            ({stored} union all select {string.Join(", ", columns.Select(c => given[c].Type.FromText($"r.{c}")))}
             from unnest({string.Join(", ", columns.Select(c => $"@{Table.Name}_{c}::text[]"))}) r({string.Join(", ", columns)})) {Table.Name}
            """;
    }

    /// <summary>What <see cref="Matches"/> is in SQL, for the rows that the caller sees.</summary>
    private protected abstract IReadOnlyList<string> Conditions(SeenRows? seen, DynamicParameters parameters);
}

/// <param name="rows">Which rows; order and paging do not count. One table of a question at most has conditions.</param>
public sealed class ReportTable<T>(ListQuery<T> rows, params IReadOnlyList<string> columns) : ReportTable(T.Table, columns) where T : Row, IRow<T>
{
    public override bool Matches(Row row) => rows.Matches((T)row);

    public override async Task<IReadOnlyDictionary<string, Row>> ReadAsync(DbSession session, IReadOnlyCollection<string> keys, CancellationToken ct)
    {
        var (sql, parameters) = ListSql.ByKeys<T>([.. keys.Select(T.Table.Key.Type.Parse).OfType<object>()]);
        return (await session.QueryAsync<T>(sql, parameters, ct)).ToDictionary(r => Table.KeyText(r.Key), r => (Row)r);
    }

    private protected override IReadOnlyList<string> Conditions(SeenRows? seen, DynamicParameters parameters) =>
        ListSql.Where(rows, [], seen, parameters);
}
