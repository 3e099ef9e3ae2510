using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace OpsDb.Kernel;

/// <summary>A filter with the values asked for.</summary>
public sealed record Condition<T>(Filter<T> Filter, IReadOnlyList<object> Values);

/// <summary>A sort with its direction.</summary>
public sealed record Ordering<T>(Sort<T> By, bool Descending);

/// <summary>One page of a list.</summary>
/// <param name="Next">The cursor of the next page; null on the last.</param>
/// <param name="Total">How many rows match, when asked for.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next, long? Total);

/// <summary>
/// A list as asked for: filters, a total order (the key decides last), and where the page begins. Keyset paging: a page
/// begins after the sort values of the last row of the page before, so rows that come and go do not shift it.
/// </summary>
public sealed record ListQuery<T> where T : Row, IRow<T>
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;
    private const string AsOfParameter = "as_of";

    public IReadOnlyList<Condition<T>> Conditions { get; init; } = [];
    public IReadOnlyList<Ordering<T>> Order { get; init; } = [];
    public int Limit { get; init; } = DefaultLimit;
    public bool Count { get; init; }

    /// <summary>The instant at which the main database had recorded the rows; null for the rows as the site sees them now.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>The sort values of the last row of the page before, in the order's order; null on the first page.</summary>
    public IReadOnlyList<object?>? After { get; init; }

    // Loops and not queries: a list asks this of every pending row.
    public bool Matches(T row)
    {
        foreach (var (filter, values) in Conditions)
        {
            if (!filter.Matches(row, values))
                return false;
        }
        return true;
    }

    public int Compare(T a, T b)
    {
        foreach (var (by, descending) in Order)
        {
            if (by.Compare(a, b) is not 0 and var order)
                return descending ? -order : order;
        }
        return 0;
    }

    /// <summary>Compares a row with another row's sort values.</summary>
    public int CompareTo(T row, IReadOnlyList<object?> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (Order[i].By.CompareValues(Order[i].By.Value(row), values[i]) is not 0 and var order)
                return Order[i].Descending ? -order : order;
        }
        return 0;
    }

    public bool IsAfterCursor(T row) => After is null || CompareTo(row, After) > 0;

    /// <summary>All rows on one page, in the default order.</summary>
    public static ListQuery<T> Everything => Parse(new Dictionary<string, IReadOnlyList<string>>()) with { Limit = int.MaxValue - 1 };

    /// <summary>The same list, narrowed by a value that the address gives.</summary>
    public ListQuery<T> Where(string parameter, object value) =>
        WhereOneOf(parameter, [value]);

    /// <summary>The same list, narrowed to rows with one of any number of values.</summary>
    public ListQuery<T> WhereOneOf(string parameter, IReadOnlyList<object> values) =>
        this with { Conditions = [.. Conditions, new(T.Table.Filters.First(f => f.Parameter == parameter), values)] };

    /// <summary>The same list, narrowed by a condition that no address gives.</summary>
    public ListQuery<T> That(Filter<T> filter, params IReadOnlyList<object> values) => this with { Conditions = [.. Conditions, new(filter, values)] };

    /// <summary>The first rows of the same list.</summary>
    public ListQuery<T> AtMost(int rows) => this with { Limit = rows };

    /// <summary>The same list from the row after this one on.</summary>
    public ListQuery<T> Following(T row) => this with { After = [.. Order.Select(o => o.By.Value(row))] };

    /// <summary>The opaque cursor that continues after a row.</summary>
    public string CursorAfter(T row) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(
        (string[])[OrderText, .. Order.Select(o => o.By.Text(o.By.Value(row)))], Json.Options));

    private string OrderText => string.Join(',', Order.Select(o => (o.Descending ? "-" : "") + o.By.Column));

    /// <summary>Reads the query string; every mistake is reported at once.</summary>
    /// <exception cref="RefusalException">malformed-parameter.</exception>
    public static ListQuery<T> Parse(IReadOnlyDictionary<string, IReadOnlyList<string>> parameters)
    {
        var table = T.Table;
        var errors = new FieldErrors();
        string? hint = null;
        var conditions = new List<Condition<T>>();
        string? after = null;
        var sort = table.DefaultSort;
        var limit = DefaultLimit;
        var count = false;
        DateTimeOffset? asOf = null;
        foreach (var (name, values) in Whole(parameters, errors))
        {
            var single = values is [var one] ? one : null;
            switch (name)
            {
                case "limit" when int.TryParse(single, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit:
                    break;
                case "count" when single is "true" or "false":
                    count = single == "true";
                    break;
                case AsOfParameter when Instant.TryParse(single, out var instant):
                    asOf = instant;
                    break;
                case AsOfParameter:
                    errors.Add(name, Instant.Form);
                    break;
                case "limit":
                    errors.Add(name, $"is a whole number from 1 to {MaxLimit}");
                    break;
                case "count":
                    errors.Add(name, "is true or false");
                    break;
                case "sort":
                    sort = single ?? "";
                    break;
                case "after":
                    after = single ?? "";
                    break;
                default:
                    if (table.Filters.FirstOrDefault(f => f.Parameter == name) is { } filter)
                        AddCondition(filter, values);
                    else
                        Unknown(name);
                    break;
            }
        }
        var order = ParseOrder(sort, conditions, errors);
        var query = new ListQuery<T> { Conditions = conditions, Order = order, Limit = limit, Count = count, AsOf = asOf };
        var cursor = after is null || errors.Any ? null : query.ParseCursor(after);
        if (after is not null && cursor is null && !errors.Any)
            errors.Add("after", "is not a cursor of this list in this order; take it from next of the page before");
        errors.ThrowIfAny(Problems.MalformedParameter, hint);
        return query with { After = cursor };

        void Unknown(string name)
        {
            errors.Add(name, "is not a parameter of this list");
            var filters = table.Filters.SelectMany(f => f.Parts.Select(p => p.Parameter).Prepend(f.Parameter));
            hint ??= $"It takes limit, after, sort, count, {AsOfParameter}{string.Concat(filters.Select(p => $", {p}"))}.";
        }

        void AddCondition(Filter<T> filter, IReadOnlyList<string> texts)
        {
            if (filter.Parse(texts) is { } values)
                conditions.Add(new(filter, values));
            else
                errors.Add(filter.Parameter, filter.Sentence);
        }
    }

    /// <summary>The parameters, with those that are parts of one filter put together.</summary>
    private static IReadOnlyDictionary<string, IReadOnlyList<string>> Whole(IReadOnlyDictionary<string, IReadOnlyList<string>> parameters, FieldErrors errors)
    {
        Dictionary<string, IReadOnlyList<string>>? whole = null;
        foreach (var filter in T.Table.Filters.Where(f => f.Parts.Any(p => parameters.ContainsKey(p.Parameter))))
        {
            whole ??= new(parameters);
            var given = new List<string>();
            foreach (var (name, form, _) in filter.Parts)
            {
                if (whole.Remove(name, out var texts) && texts is [var text] && form.Type.Parse(text) is not null)
                    given.Add(text);
                else
                    errors.Add(name, $"is {form.Type.Sentence}, once; {string.Join(", ", filter.Parts.Select(p => p.Parameter))} are given together");
            }
            if (!whole.TryAdd(filter.Parameter, [string.Join(',', given)]))
                errors.Add(filter.Parameter, $"is given instead of {string.Join(", ", filter.Parts.Select(p => p.Parameter))}, not beside them");
            else if (given.Count < filter.Parts.Count)
                whole.Remove(filter.Parameter);
        }
        return whole ?? parameters;
    }

    private static List<Ordering<T>> ParseOrder(string sort, List<Condition<T>> conditions, FieldErrors errors)
    {
        var key = T.Table.Key;
        var sorts = T.Table.Sorts.Concat(conditions.Select(c => c.Filter.SortBy(c.Values)).OfType<Sort<T>>())
            .Append(new Sort<T>(key.Name, key.Type, false, row => row.Key, (a, b) => key.Type.Compare(a.Key, b.Key))).ToList();
        var order = new List<Ordering<T>>();
        foreach (var part in sort.Split(','))
        {
            var descending = part.StartsWith('-');
            var by = sorts.FirstOrDefault(s => s.Column == (descending ? part[1..] : part));
            if (by is null || order.Any(o => o.By.Column == by.Column))
                errors.Add("sort", $"is a list of different ones of {string.Join(", ", sorts.Select(s => s.Column))}, each with - in front for descending");
            else
                order.Add(new(by, descending));
        }
        if (order.All(o => o.By.Column != "id"))
            order.Add(new(sorts[^1], order is [.., { Descending: true }]));
        return order;
    }

    private List<object?>? ParseCursor(string cursor)
    {
        try
        {
            // Anybody can make a cursor up: it is read as strictly as a body.
            var parts = IncomingJson.Read<string[]>(Base64Url.DecodeFromChars(cursor));
            if (parts.Length != Order.Count + 1 || parts[0] != OrderText)
                return null;
            var values = new List<object?>();
            foreach (var (ordering, text) in Order.Zip(parts[1..]))
            {
                if (!ordering.By.TryParse(text, out var value))
                    return null;
                values.Add(value);
            }
            return values;
        }
        catch (Exception e) when (e is FormatException or RefusalException)
        {
            return null;
        }
    }
}
