using Dapper;
using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>The SQL of a list: the where clause, order and limit that <see cref="ListQuery{T}"/> asks for, appended to its table's select.</summary>
public static class ListSql
{
    /// <summary>A table's select without a where clause.</summary>
    public static string Select(Table table) =>
        $"select {string.Join(", ", table.Columns.Select(c => c.Type.Selected(c.Name)))}, transaction_id from {table.Name}";

    /// <summary>One page and one row more, which tells whether there is a next page. Text sorts by code point (collation "C").</summary>
    /// <param name="excluded">Keys that the caller brings itself.</param>
    /// <param name="before">Sort values of a row that the caller brings itself; rows that come after it are not needed.</param>
    public static (string Sql, DynamicParameters Parameters) Page<T>(ListQuery<T> query, IReadOnlyCollection<object> excluded, IReadOnlyList<object>? before = null) where T : Row, IRow<T>
    {
        var parameters = new DynamicParameters();
        var where = Where(query, excluded, parameters);
        if (query.After is { } after)
            where.Add(Beside("a", query.Order, after, ">", "<", parameters));
        if (before is not null)
            where.Add(Beside("b", query.Order, before, "<", ">", parameters));
        parameters.Add("limit", query.Limit + 1);
        var order = string.Join(", ", query.Order.Select(o => $"{Sorted(o.By)}{(o.Descending ? " desc" : "")}"));
        return ($"{Of<T>.Select}{Clause(where)} order by {order} limit @limit", parameters);
    }

    /// <summary>How many rows match.</summary>
    public static (string Sql, DynamicParameters Parameters) Count<T>(ListQuery<T> query, IReadOnlyCollection<object> excluded) where T : Row, IRow<T>
    {
        var parameters = new DynamicParameters();
        return ($"select count(*) from {T.Table.Name}{Clause(Where(query, excluded, parameters))}", parameters);
    }

    /// <summary>The rows with the given keys.</summary>
    public static (string Sql, object Parameters) ByKeys<T>(IReadOnlyCollection<object> keys) where T : Row, IRow<T> =>
        ($"{Of<T>.Select} where id = any(@keys)", new { keys = T.Table.Key.Type.Parameters(keys) });

    private static List<string> Where<T>(ListQuery<T> query, IReadOnlyCollection<object> excluded, DynamicParameters parameters) where T : Row, IRow<T>
    {
        var where = new List<string>();
        foreach (var ((filter, values), i) in query.Conditions.Select((c, i) => (c, i)))
        {
            parameters.Add($"f{i}", filter.Operator == FilterOperator.OneOf ? filter.Type.Parameters(values) : filter.Type.Parameter(values[0]));
            where.Add(filter.Operator switch
            {
                FilterOperator.OneOf => $"{filter.Column} = any(@f{i})",
                FilterOperator.From => $"{filter.Column} >= @f{i}",
                _ => $"{filter.Column} < @f{i}",
            });
        }
        if (excluded.Count > 0)
        {
            parameters.Add("excluded", T.Table.Key.Type.Parameters(excluded));
            where.Add("id <> all(@excluded)");
        }
        return where;
    }

    /// <summary>
    /// (a &gt; x) or (a = x and b &gt; y) …: a row comparison would not do for mixed directions. With a &gt;= x beside it, an index on
    /// the first column begins there.
    /// </summary>
    private static string Beside<T>(string name, IReadOnlyList<Ordering<T>> order, IReadOnlyList<object> values, string ascending, string descending, DynamicParameters parameters)
    {
        var alternatives = new List<string>();
        var equal = "";
        for (var i = 0; i < order.Count; i++)
        {
            parameters.Add($"{name}{i}", order[i].By.Type.Parameter(values[i]));
            alternatives.Add($"({equal}{Sorted(order[i].By)} {(order[i].Descending ? descending : ascending)} @{name}{i})");
            equal += $"{order[i].By.Column} = @{name}{i} and ";
        }
        return $"{Sorted(order[0].By)} {(order[0].Descending ? descending : ascending)}= @{name}0 and ({string.Join(" or ", alternatives)})";
    }

    private static string Sorted<T>(Sort<T> sort) => sort.Type.Sorted(sort.Column);

    private static string Clause(List<string> where) => where.Count == 0 ? "" : $" where {string.Join(" and ", where)}";

    /// <summary>Made once: every read asks for it.</summary>
    private static class Of<T> where T : Row, IRow<T>
    {
        public static readonly string Select = ListSql.Select(T.Table);
    }
}
