namespace OpsDb.Verify;

/// <summary>
/// The rows of one site by what it must show of them, for lists of one shape: equal in some fields, and in the order of one.
/// It makes the check of a list cost as much as the list is long, not as much as there are rows.
/// </summary>
/// <param name="order">-1 when the lists have neither a range nor an end in some order.</param>
internal sealed class ListIndex(Entity entity, int[] equal, int order)
{
    private const int MaxCombinations = 1000;

    private readonly Dictionary<(int Site, ulong Values), SortedSet<(long Order, int Row)>> buckets = [];

    public Entity Entity => entity;

    public static (ulong Equal, int Order) ShapeOf(Call list)
    {
        var equal = list.Filter.Where(c => c.OneOf is not null).Aggregate(0UL, (all, c) => all | 1UL << c.Field);
        var range = list.Filter.Find(c => c.OneOf is null);
        return (equal, list.More ? list.SortField : range?.Field ?? -1);
    }

    public void Move(int site, Row row, State? before, State? after)
    {
        if (Place(before) is { } old && buckets.TryGetValue((site, old.Values), out var from))
            from.Remove((old.Order, row.Index));
        if (Place(after) is not { } place)
            return;
        if (!buckets.TryGetValue((site, place.Values), out var bucket))
            buckets[(site, place.Values)] = bucket = [];
        bucket.Add((place.Order, row.Index));
    }

    /// <summary>Rows that a list may have to show; null when there are too many combinations of values.</summary>
    public IEnumerable<int>? Candidates(Call list, long from, long before)
    {
        List<ulong> values = [0];
        foreach (var field in equal)
        {
            var wanted = list.Filter.Find(c => c.Field == field && c.OneOf is not null)!.OneOf!;
            if (values.Count * wanted.Count > MaxCombinations)
                return null;
            values = [.. values.SelectMany(v => wanted.Distinct().Select(w => Next(v, w)))];
        }
        return values.Distinct().SelectMany(v => !buckets.TryGetValue((list.Site, v), out var bucket) ? []
            : order < 0 ? bucket.Select(b => b.Row)
            : from >= before ? []
            : bucket.GetViewBetween((from, int.MinValue), (before, int.MaxValue)).Select(b => b.Row));
    }

    private static ulong Next(ulong values, long value) => Code.Mix(values ^ Code.Mix((ulong)value));

    private (ulong Values, long Order)? Place(State? state)
    {
        if (state?.Fields is not { } fields || state.Version == State.Deleted)
            return null;
        var values = 0UL;
        foreach (var field in equal)
        {
            if (field >= fields.Length || fields[field] == Code.Unlogged)
                return null;
            values = Next(values, fields[field]);
        }
        return order < 0 ? (values, 0) : order < fields.Length && fields[order] != Code.Unlogged ? (values, fields[order]) : null;
    }
}
