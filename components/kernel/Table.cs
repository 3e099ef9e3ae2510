using System.Linq.Expressions;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Kernel;

/// <summary>One column: its name is the JSON name of the row's property.</summary>
/// <param name="IsPrivate">Never shown; see <see cref="PrivateAttribute"/>.</param>
public sealed record Column(string Name, ColumnType Type, bool IsPrivate = false);

/// <summary>
/// What the executor, the overlay and the lists need to know of an entity's table. The columns are the JSON properties
/// of the row type, so that a new property is a new column everywhere at once.
/// </summary>
/// <param name="name">The table's name, singular snake_case.</param>
public abstract class Table(string name)
{
    public string Name { get; } = name;

    /// <summary>What one row is called in a sentence.</summary>
    public string Noun { get; init; } = name.Replace('_', ' ');

    /// <summary>The same with its article.</summary>
    public string ANoun => $"{("aeiou".Contains(Noun[0]) ? "an" : "a")} {Noun}";

    /// <summary>What several are called in a sentence.</summary>
    public string Nouns => PluralOf(Noun);

    /// <summary>What the rows are called in an address, with hyphens there, and in the names of commands.</summary>
    public string Resource { get; init; } = PluralOf(name);

    /// <summary>In the row's order, without <c>transaction_id</c>, which the executor adds.</summary>
    public abstract IReadOnlyList<Column> Columns { get; }

    /// <summary>The column <c>id</c>.</summary>
    public Column Key => field ??= Columns.First(c => c.Name == "id");

    /// <summary>The facts of <see cref="Table{T}.Facts"/> that the row has, by their columns.</summary>
    public abstract IEnumerable<(string Column, DateTimeOffset At)> FactsOf(Row row);

    public abstract Row Read(JsonElement row);

    /// <summary>Reads a row that somebody has written by hand: as strictly as a body.</summary>
    /// <exception cref="RefusalException">invalid-fields, naming each field that has another form.</exception>
    public abstract Row ReadIncoming(JsonElement row);

    public abstract JsonElement Write(Row row);

    /// <summary>What of a row, or of some of its fields, may be shown: the columns that are known here and not private.</summary>
    public JsonElement Published(JsonElement fields) =>
        Json.ToElement(fields.EnumerateObject().Where(f => Columns.Any(c => !c.IsPrivate && c.Name == f.Name)).ToDictionary(f => f.Name, f => f.Value));

    /// <summary>What somebody has made of what <see cref="Published"/> showed, with the private columns as they are stored.</summary>
    public JsonElement? Restored(JsonElement? shown, JsonElement? stored)
    {
        if (shown is not { ValueKind: JsonValueKind.Object } given || stored is not { } logged)
            return shown;
        bool IsPrivate(JsonProperty field) => Columns.Any(c => c.IsPrivate && c.Name == field.Name);
        return Json.ToElement(given.EnumerateObject().Where(f => !IsPrivate(f)).Concat(logged.EnumerateObject().Where(IsPrivate))
            .ToDictionary(f => f.Name, f => f.Value));
    }

    /// <summary>The row with some columns replaced, as the executor would leave it.</summary>
    public Row Fold(Row row, JsonElement set, Guid transaction)
    {
        var columns = Write(row).EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        foreach (var column in set.EnumerateObject())
            columns[column.Name] = column.Value;
        return Read(JsonSerializer.SerializeToElement(columns, Json.Options)) with { Version = row.Version + 1, TransactionId = transaction };
    }

    /// <summary>The guard that stands for one row: moved by each change of it.</summary>
    public string Guard(string key) => $"{Name}/{key}";

    public string Guard(Row row) => Guard(KeyText(row.Key));

    /// <summary>The plural of an English noun that is regular.</summary>
    public static string PluralOf(string noun) => noun.EndsWith('y') ? $"{noun[..^1]}ies" : $"{noun}s";

    public static string KeyText(object key) => FormattableString.Invariant($"{key}");
}

/// <inheritdoc />
public sealed class Table<T> : Table where T : Row, IRow<T>
{
    private readonly Lazy<IReadOnlyList<Column>> columns = new(() =>
    [
        .. Json.Options.GetTypeInfo(typeof(T)).Properties
            .Where(p => p.Get is not null && p.PropertyType != typeof(Sync))
            .OrderBy(p => p.Order)
            .Select(p => new Column(p.Name, ColumnType.Of(p.PropertyType), PrivateAttribute.IsOn(p))),
    ]);

    public Table(string name) : base(name) { }

    public override IReadOnlyList<Column> Columns => columns.Value;

    /// <summary>What a list of these rows can be filtered by.</summary>
    public IReadOnlyList<Filter<T>> Filters { get; init => field = Shown(value, f => f.Column); } = [];

    /// <summary>What a list can be sorted by: columns that are never null. The key always decides last.</summary>
    public IReadOnlyList<Sort<T>> Sorts { get; init => field = Shown(value, s => s.Column); } = [];

    /// <summary>The order of a list that asks for none, in the syntax of <c>sort=</c>.</summary>
    public string DefaultSort { get; init; } = "id";

    /// <summary>The fields that PATCH may change.</summary>
    public IReadOnlyList<string> Patchable { get; init => field = Shown(value, f => f); } = [];

    /// <summary>The instants that record when something happened: they lie within <see cref="FactBounds"/>.</summary>
    public IReadOnlyList<Fact<T>> Facts { get; init; } = [];

    /// <summary>The columns that name rows of other tables.</summary>
    public IReadOnlyList<Reference<T>> References { get; init; } = [];

    /// <summary>What the creation of a row is called in the log.</summary>
    public KindAttribute Creation { get => field ??= new($"{Resource}.create"); init; }

    /// <summary>What the change of a row's fields is called in the log, and whether it must never be lost.</summary>
    public KindAttribute Change { get => field ??= new($"{Resource}.change"); init; }

    public override IEnumerable<(string Column, DateTimeOffset At)> FactsOf(Row row) =>
        Facts.Select(f => (f.Column, At: f.At((T)row))).Where(f => f.At is not null).Select(f => (f.Column, f.At!.Value));

    public override Row Read(JsonElement row) => row.Deserialize<T>(Json.Options)!;

    public override Row ReadIncoming(JsonElement row) => IncomingJson.Read<T>(row, Problems.InvalidFields);

    public override JsonElement Write(Row row) => Json.ToElement((T)row with { Sync = null });

    /// <summary>What callers name: nobody could be told why a private column orders a list as it does, or guess at its values.</summary>
    private IReadOnlyList<V> Shown<V>(IReadOnlyList<V> named, Func<V, string> column) =>
        named.FirstOrDefault(n => Columns.Any(c => c.IsPrivate && c.Name == column(n))) is { } hidden
            ? throw new InvalidOperationException($"{Name}.{column(hidden)} is private: no list is filtered or sorted by it, and no patch changes it.")
            : named;
}

/// <summary>How a filter compares.</summary>
public enum FilterOperator
{
    /// <summary>Equal to one of the values given.</summary>
    OneOf,

    /// <summary>At or after the value.</summary>
    From,

    /// <summary>Before the value.</summary>
    Before,
}

/// <summary>
/// One filter of a list: the same record gives the query parameter, the SQL and the predicate on pending rows, so that
/// they cannot differ. A null never matches.
/// </summary>
public sealed record Filter<T>(string Parameter, string Column, FilterOperator Operator, ColumnType Type, Func<T, object?> Value, string Description)
{
    public bool Matches(T row, IReadOnlyList<object> values) => Value(row) is { } value && Operator switch
    {
        FilterOperator.OneOf => values.Any(v => Type.Compare(value, v) == 0),
        FilterOperator.From => Type.Compare(value, values[0]) >= 0,
        _ => Type.Compare(value, values[0]) < 0,
    };
}

/// <summary>One thing a list can be sorted by.</summary>
public sealed record Sort<T>(string Column, ColumnType Type, Func<T, object> Value, Comparison<T> Compare);

/// <summary>Makes filters and sorts from a row's properties.</summary>
public static class Field
{
    public static Filter<T> OneOf<T, V>(Expression<Func<T, V>> property, string description) =>
        Make(ColumnOf(property), property, FilterOperator.OneOf, description);

    public static Filter<T> From<T, V>(string parameter, Expression<Func<T, V>> property, string description) =>
        Make(parameter, property, FilterOperator.From, description);

    public static Filter<T> Before<T, V>(string parameter, Expression<Func<T, V>> property, string description) =>
        Make(parameter, property, FilterOperator.Before, description);

    public static Sort<T> Sort<T, V>(Expression<Func<T, V>> property) where V : notnull
    {
        var (type, value) = (Ordered(typeof(V)), property.Compile());
        // Without a box for each value, where the type's own order is the one.
        return new(ColumnOf(property), type, row => value(row), typeof(V) is { IsValueType: true, IsEnum: false }
            ? (a, b) => Comparer<V>.Default.Compare(value(a), value(b))
            : (a, b) => type.Compare(value(a), value(b)));
    }

    public static Fact<T> Fact<T, V>(Expression<Func<T, V>> property)
    {
        var value = property.Compile();
        return new(ColumnOf(property), row => (DateTimeOffset?)(object?)value(row));
    }

    /// <summary>A column whose value is the key of a row of <typeparamref name="TOther"/>.</summary>
    public static Reference<T> Refers<T, TOther, TKey>(Expression<Func<T, TKey>> property) where TOther : Row<TKey>, IRow<TOther> where TKey : notnull
    {
        var (column, value) = (ColumnOf(property), property.Compile());
        return new(column, row => value(row), (services, row, ct) => services.GetRequiredService<IReader<TOther, TKey>>().RequireAsync(value(row), column, ct));
    }

    public static string ColumnOf<T, V>(Expression<Func<T, V>> property) =>
        Json.SnakeCase(((MemberExpression)property.Body).Member.Name);

    private static Filter<T> Make<T, V>(string parameter, Expression<Func<T, V>> property, FilterOperator op, string description)
    {
        var value = property.Compile();
        return new(parameter, ColumnOf(property), op, Ordered(typeof(V)), row => value(row), description);
    }

    private static ColumnType Ordered(Type type) => ColumnType.Of(type) is { IsOrdered: true } ordered
        ? ordered
        : throw new InvalidOperationException($"A list cannot be sorted by {type}, or filtered for it.");
}
