using Dapper;
using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>What somebody wants with rows.</summary>
public enum SightPurpose
{
    /// <summary>To read them.</summary>
    Read,

    /// <summary>To create, change or delete them.</summary>
    Change,
}

/// <summary>Who sees the rows of the tables that decide it themselves, see <see cref="Table.SeenWith"/>.</summary>
public interface ISightRules
{
    /// <summary>
    /// The condition on the rows of a table, under its name; the parameter @sight is the name of the user. Null for a table that has no rule
    /// of its own.
    /// </summary>
    string? Sql(Table table, SightPurpose purpose);
}

/// <summary>A condition on the rows of a table, and the user whose sight it is.</summary>
public sealed class SeenRows(string sql, string user)
{
    /// <summary>The condition, and its parameter among those of the statement.</summary>
    /// <param name="prefix">What the names of the parameters begin with, where several lists are asked for at once.</param>
    public string Sql(DynamicParameters parameters, string prefix = "")
    {
        parameters.Add($"{prefix}sight", user);
        return prefix.Length == 0 ? sql : sql.Replace("@sight", $"@{prefix}sight", StringComparison.Ordinal);
    }
}

/// <summary>Makes of what tables say of themselves, and of the rules, the condition on the rows that a caller sees.</summary>
public sealed class SightSql(ISightRules? rules = null)
{
    /// <summary>Null when the caller sees all rows.</summary>
    public SeenRows? Of(Sight sight, Table table, SightPurpose purpose = SightPurpose.Read, Func<Table, string>? source = null) =>
        sight.Narrows(table) ? new(Condition(table, purpose, source ?? (t => t.Name)), sight.User!) : null;

    /// <summary>The tables with whose rows those of a table are seen, at first or at last hand.</summary>
    public static IEnumerable<Table> Above(Table table) => (table.SeenWith ?? []).SelectMany(w => Above(w.Table).Prepend(w.Table)).Distinct();

    /// <param name="source">What stands in for a table, under its name.</param>
    private string Condition(Table table, SightPurpose purpose, Func<Table, string> source)
    {
        List<string> ways = [];
        if (rules?.Sql(table, purpose) is { } rule)
            ways.Add(rule);
        if (table.SeenBy is { } user)
            ways.Add($"{table.Name}.{user} = @sight");
        foreach (var (column, other) in table.SeenWith ?? [])
            ways.Add($"{table.Name}.{column} in (select {other.Name}.id from {source(other)} where {Condition(other, purpose, source)})");
        return ways.Count == 0 ? "false" : $"({string.Join(" or ", ways)})";
    }
}
