using System.Globalization;
using Dapper;
using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>The SQL of a list: the where clause, order and limit that <see cref="ListQuery{T}"/> asks for, appended to its table's select.</summary>
public static class ListSql
{
    /// <summary>A table's select without a where clause.</summary>
    /// <param name="source">What stands in for the table, with all of its columns.</param>
    public static string Select(Table table, string? source = null) =>
        $"select {string.Join(", ", table.Columns.Select(c => c.Type.Selected(c.Name)))}, transaction_id from {source ?? table.Name}";

    /// <summary>
    /// One page and one row more, which tells whether there is a next page. Text sorts by code point (collation "C"), nulls where
    /// PostgreSQL has them: last, or first in descending order.
    /// </summary>
    /// <param name="excluded">Keys that the caller brings itself.</param>
    /// <param name="before">Sort values of a row that the caller brings itself; rows that come after it are not needed.</param>
    /// <param name="seen">Leaves the rows that the caller sees; null for all.</param>
    /// <param name="prefix">What the names of the parameters begin with, where several lists are asked for at once.</param>
    public static (string Sql, DynamicParameters Parameters) Page<T>(
        ListQuery<T> query, IReadOnlyCollection<object> excluded, SeenRows? seen, IReadOnlyList<object?>? before = null, string prefix = "")
        where T : Row, IRow<T>
    {
        var parameters = new DynamicParameters();
        var where = Where(query, excluded, seen, parameters, prefix);
        if (query.After is { } after)
            where.Add(Beside($"{prefix}a", query.Order, after, isAfter: true, parameters));
        if (before is not null)
            where.Add(Beside($"{prefix}b", query.Order, before, isAfter: false, parameters));
        // Where rows are narrowed a plan takes longer to make than to carry out. PostgreSQL makes it once when the statement says how long a page is.
        var limit = seen is null ? $"@{prefix}limit" : (query.Limit + 1).ToString(CultureInfo.InvariantCulture);
        if (seen is null)
            parameters.Add($"{prefix}limit", query.Limit + 1);
        var order = string.Join(", ", query.Order.Select(o => $"{Sorted(o.By)}{(o.Descending ? " desc" : "")}"));
        return ($"{SelectOf(query, parameters)}{Clause(where)} order by {order} limit {limit}", parameters);
    }

    /// <summary>How many rows match.</summary>
    public static (string Sql, DynamicParameters Parameters) Count<T>(ListQuery<T> query, IReadOnlyCollection<object> excluded, SeenRows? seen)
        where T : Row, IRow<T>
    {
        var parameters = new DynamicParameters();
        return ($"select count(*) from {SourceOf(query, parameters) ?? T.Table.Name}{Clause(Where(query, excluded, seen, parameters))}", parameters);
    }

    /// <summary>The rows with the given keys.</summary>
    public static (string Sql, object Parameters) ByKeys<T>(IReadOnlyCollection<object> keys) where T : Row, IRow<T> =>
        ($"{Of<T>.Select} where id = any(@keys)", new { keys = T.Table.Key.Type.Parameters(keys) });

    private static string SelectOf<T>(ListQuery<T> query, DynamicParameters parameters) where T : Row, IRow<T> =>
        SourceOf(query, parameters) is { } source ? Select(T.Table, source) : Of<T>.Select;

    private static string? SourceOf<T>(ListQuery<T> query, DynamicParameters parameters) where T : Row, IRow<T>
    {
        if (query.AsOf is not { } asOf)
            return null;
        parameters.Add("as_of", asOf);
        return HistorySql.RowsAsOf(T.Table);
    }

    internal static List<string> Where<T>(
        ListQuery<T> query, IReadOnlyCollection<object> excluded, SeenRows? seen, DynamicParameters parameters, string prefix = "") where T : Row, IRow<T>
    {
        var given = 0;
        var where = query.Conditions.Select(c => c.Filter.Sql(c.Values, Give)).ToList();
        if (excluded.Count > 0)
        {
            parameters.Add($"{prefix}excluded", T.Table.Key.Type.Parameters(excluded));
            where.Add($"id <> all(@{prefix}excluded)");
        }
        if (seen is not null)
        {
            var condition = seen.Sql(parameters, prefix);
            // What somebody may not see now they may not see as it was either.
            where.Add(query.AsOf is null ? condition : $"id in (select id from {T.Table.Name} where {condition})");
        }
        return where;

        string Give(object value)
        {
            var name = $"{prefix}f{given++}";
            parameters.Add(name, value);
            return $"@{name}";
        }
    }

    /// <summary>
    /// The rows that come after or before one with these sort values: (a &gt; x) or (a = x and b &gt; y) …, because a row comparison would
    /// not do for mixed directions. With a &gt;= x beside it, an index on the first column begins there; only where nulls follow the values
    /// of a column in ascending order it cannot.
    /// </summary>
    private static string Beside<T>(string name, IReadOnlyList<Ordering<T>> order, IReadOnlyList<object?> values, bool isAfter, DynamicParameters parameters)
    {
        var alternatives = new List<string>();
        var equal = "";
        var first = "";
        for (var i = 0; i < order.Count; i++)
        {
            var (by, isGreater) = (order[i].By, isAfter != order[i].Descending);
            if (values[i] is { } value)
                parameters.Add($"{name}{i}", by.Type.Parameter(value));
            var parameter = values[i] is null ? null : $"@{name}{i}";
            alternatives.Add($"({equal}{Compared(by, isGreater, parameter)})");
            equal += parameter is null ? $"{by.Sql} is null and " : $"{by.Sql} = {parameter} and ";
            if (i == 0)
                first = Compared(by, isGreater, parameter, orEqual: true);
        }
        return $"{first} and ({string.Join(" or ", alternatives)})";
    }

    /// <param name="parameter">Null for the null, which is greater than every value.</param>
    private static string Compared<T>(Sort<T> by, bool isGreater, string? parameter, bool orEqual = false) => (parameter, isGreater) switch
    {
        (null, true) => orEqual ? $"{by.Sql} is null" : "false",
        (null, false) => orEqual ? "true" : $"{by.Sql} is not null",
        (_, true) when by.IsNullable => $"({Sorted(by)} {(orEqual ? ">=" : ">")} {parameter} or {by.Sql} is null)",
        _ => $"{Sorted(by)} {(isGreater ? ">" : "<")}{(orEqual ? "=" : "")} {parameter}",
    };

    private static string Sorted<T>(Sort<T> sort) => sort.Type.Sorted(sort.Sql);

    private static string Clause(List<string> where) => where.Count == 0 ? "" : $" where {string.Join(" and ", where)}";

    /// <summary>Made once: every read asks for it.</summary>
    private static class Of<T> where T : Row, IRow<T>
    {
        public static readonly string Select = ListSql.Select(T.Table);
    }
}
