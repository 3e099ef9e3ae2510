using System.Text;

namespace OpsDb.Chaos;

/// <summary>A list as it is asked for, and what the history says of it.</summary>
/// <param name="Query">The query string, without the cursor.</param>
/// <param name="Pages">How many pages are followed at most.</param>
/// <param name="List">As JSON of the history.</param>
internal sealed record ListRequest(Entity Entity, string Query, int Pages, byte[] List)
{
    /// <param name="conditions">Query parameters with the field and the condition that they stand for, as JSON.</param>
    /// <param name="sort">A sort field, - in front for descending.</param>
    public static ListRequest Of(
        Entity entity,
        IReadOnlyList<(string Parameter, string Value, string Field, string Condition)> conditions,
        string sort,
        int limit,
        int pages,
        bool count)
    {
        var query = string.Concat(conditions.Select(c => $"&{c.Parameter}={Uri.EscapeDataString(c.Value)}"));
        var filter = string.Join(',', conditions.Select(c => $"\"{c.Field}\":{c.Condition}"));
        return new(entity, $"?limit={limit}&sort={sort}{(count ? "&count=true" : "")}{query}", pages,
            Encoding.UTF8.GetBytes($$"""{"entity":"{{entity.Name}}","filter":{{{filter}}},"sort":"{{sort}}"}"""));
    }
}
