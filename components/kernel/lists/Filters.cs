using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace OpsDb.Kernel;

/// <summary>Equal to one of the values.</summary>
public sealed class OneOfFilter<T>(FilterColumn<T> column, string description) : Filter<T>(column.Name, description, column.Name)
{
    /// <summary>From so many values on a row's is not compared with one after the other.</summary>
    private const int MinSet = 16;

    private readonly ConditionalWeakTable<IReadOnlyList<object>, HashSet<string>> sets = [];

    public override ParameterForm Form => new(column.Type, Many: true);

    public override string Sentence => SeveralOf(column.Type);

    public override IReadOnlyList<object>? Parse(IReadOnlyList<string> texts) => Several(column.Type, texts);

    public override bool Matches(T row, IReadOnlyList<object> values)
    {
        if (column.Value(row) is not { } value)
            return false;
        if (values.Count >= MinSet)
            return sets.GetValue(values, all => [.. all.Select(column.Type.Text)]).Contains(column.Type.Text(value));
        foreach (var one in values)
        {
            if (column.Type.Compare(value, one) == 0)
                return true;
        }
        return false;
    }

    public override string Sql(IReadOnlyList<object> values, Func<object, string> parameter) =>
        $"{column.Name} = any({parameter(column.Type.Parameters(values))})";
}

/// <summary>At the value or after it, or before it.</summary>
public sealed class RangeFilter<T>(string parameter, FilterColumn<T> column, bool isBefore, string description) : Filter<T>(parameter, description, column.Name)
{
    public override ParameterForm Form => new(column.Type);

    public override string Sentence => $"is {column.Type.Sentence}, once";

    public override IReadOnlyList<object>? Parse(IReadOnlyList<string> texts) => Once(column.Type, texts);

    public override bool Matches(T row, IReadOnlyList<object> values) =>
        column.Value(row) is { } value && column.Type.Compare(value, values[0]) < 0 == isBefore;

    public override string Sql(IReadOnlyList<object> values, Func<object, string> parameter) =>
        $"{column.Type.Sorted(column.Name)} {(isBefore ? "<" : ">=")} {parameter(column.Type.Parameter(values[0]))}";
}

/// <summary>Whether there is a value or none.</summary>
public sealed class IsSetFilter<T>(string parameter, FilterColumn<T> column, string description) : Filter<T>(parameter, description, column.Name)
{
    private static readonly ColumnType TrueOrFalse = ColumnType.Of(typeof(bool));

    public override ParameterForm Form => new(TrueOrFalse);

    public override string Sentence => $"is {TrueOrFalse.Sentence}, once";

    public override IReadOnlyList<object>? Parse(IReadOnlyList<string> texts) => Once(TrueOrFalse, texts);

    public override bool Matches(T row, IReadOnlyList<object> values) => column.Value(row) is not null == (bool)values[0];

    public override string Sql(IReadOnlyList<object> values, Func<object, string> parameter) => $"{column.Name} is {((bool)values[0] ? "not " : "")}null";
}

/// <summary>Text that begins with the value, character by character.</summary>
public sealed class PrefixFilter<T>(string parameter, FilterColumn<T> column, string description) : Filter<T>(parameter, description, column.Name)
{
    public override ParameterForm Form => new(column.Type);

    public override string Sentence => $"is {column.Type.Sentence}, once";

    public override IReadOnlyList<object>? Parse(IReadOnlyList<string> texts) => Once(column.Type, texts);

    public override bool Matches(T row, IReadOnlyList<object> values) =>
        column.Value(row) is string text && text.StartsWith((string)values[0], StringComparison.Ordinal);

    public override string Sql(IReadOnlyList<object> values, Func<object, string> parameter) =>
        $"{column.Type.Sorted(column.Name)} ^@ {parameter(values[0])}";
}

/// <summary>A list that has one of the values in it.</summary>
public sealed class HasFilter<T>(FilterColumn<T> column, string description) : Filter<T>(column.Name, description, column.Name)
{
    private readonly ColumnType element = column.Type.Element
        ?? throw new InvalidOperationException($"{column.Name} is no list that could have something in it.");

    public override ParameterForm Form => new(element, Many: true);

    public override string Sentence => SeveralOf(element);

    public override IReadOnlyList<object>? Parse(IReadOnlyList<string> texts) => Several(element, texts);

    public override bool Matches(T row, IReadOnlyList<object> values) =>
        column.Value(row) is Array list && list.Cast<object>().Any(e => values.Any(v => element.Compare(e, v) == 0));

    public override string Sql(IReadOnlyList<object> values, Func<object, string> parameter) => $"{column.Name} && {parameter(element.Parameters(values))}";
}

/// <summary>JSON that contains the value as PostgreSQL's <c>@&gt;</c> says it.</summary>
public sealed class ContainsFilter<T>(FilterColumn<T> column, string description) : Filter<T>(column.Name, description, column.Name)
{
    public override ParameterForm Form => new(ColumnType.Of(typeof(string)), Hint:
        "It is JSON: an object contains another when it has all of its members, a list another when it has all of its values, in any order, or a value "
        + "that is in it; deeper down as well.");

    public override string Sentence => "is JSON like {\"a\":1}, once, and neither null nor with a null in a list";

    public override IReadOnlyList<object>? Parse(IReadOnlyList<string> texts)
    {
        try
        {
            // As strictly as a body: PostgreSQL refuses what no jsonb can hold.
            return texts is [var text] ? [IncomingJson.Read<JsonElement>(Encoding.UTF8.GetBytes(text))] : null;
        }
        catch (RefusalException)
        {
            return null;
        }
    }

    public override bool Matches(T row, IReadOnlyList<object> values) => column.Value(row) is JsonElement value && Contains(value, (JsonElement)values[0]);

    public override string Sql(IReadOnlyList<object> values, Func<object, string> parameter) =>
        $"{column.Name} @> {parameter(((JsonElement)values[0]).GetRawText())}::jsonb";

    /// <summary>At the top a list contains also a value that is in it.</summary>
    private static bool Contains(JsonElement whole, JsonElement part) => whole.ValueKind == JsonValueKind.Array && !IsContainer(part)
        ? whole.EnumerateArray().Any(e => JsonElement.DeepEquals(e, part))
        : Holds(whole, part);

    private static bool Holds(JsonElement whole, JsonElement part) => (whole.ValueKind, part.ValueKind) switch
    {
        (JsonValueKind.Object, JsonValueKind.Object) => part.EnumerateObject().All(m => whole.TryGetProperty(m.Name, out var value) && Holds(value, m.Value)),
        (JsonValueKind.Array, JsonValueKind.Array) => part.EnumerateArray().All(p => whole.EnumerateArray().Any(e => Holds(e, p))),
        _ => !IsContainer(whole) && !IsContainer(part) && JsonElement.DeepEquals(whole, part),
    };

    private static bool IsContainer(JsonElement value) => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
}

/// <summary>A place on the sky within a cone; see <see cref="Cone"/>.</summary>
/// <param name="ra">Right ascension, degrees.</param>
/// <param name="dec">Declination, degrees.</param>
public sealed class ConeFilter<T>(string parameter, FilterColumn<T> ra, FilterColumn<T> dec, string description)
    : Filter<T>(parameter, description, ra.Name, dec.Name)
{
    private static readonly ColumnType Number = ColumnType.Of(typeof(double));

    public override ParameterForm Form => new(ColumnType.Of(typeof(string)), Pattern: Cone.Pattern, Hint:
        "Right ascension, declination and radius in degrees (ICRS) with commas between, like `83.8,-5.4,0.5`; the radius is at most 180.");

    public override IReadOnlyList<(string, ParameterForm, string)> Parts { get; } =
    [
        Part("ra", "Right ascension of the middle, degrees (ICRS), 0 to below 360."),
        Part("dec", "Declination of the middle, degrees (ICRS), -90 to 90."),
        Part("radius", "Angle from the middle, degrees, 0 to 180."),
    ];

    public override string SortName => "distance";

    public override Sort<T> SortBy(IReadOnlyList<object> values)
    {
        var cone = (Cone)values[0];
        object? Distance(T row) => ra.Value(row) is double raDeg && dec.Value(row) is double decDeg ? cone.DistanceDeg(raDeg, decDeg) : null;
        return new(SortName, Number, false, Distance, (a, b) => Sort<T>.CompareAs(Number, Distance(a), Distance(b)))
        {
            Sql = cone.DistanceSql(ra.Name, dec.Name),
        };
    }

    public override string Sentence => Cone.Sentence;

    public override IReadOnlyList<object>? Parse(IReadOnlyList<string> texts) => texts is [var text] && Cone.Parse(text) is { } cone ? [cone] : null;

    public override bool Matches(T row, IReadOnlyList<object> values) =>
        ra.Value(row) is double raDeg && dec.Value(row) is double decDeg && ((Cone)values[0]).Contains(raDeg, decDeg);

    public override string Sql(IReadOnlyList<object> values, Func<object, string> parameter) => ((Cone)values[0]).Sql(ra.Name, dec.Name, parameter);

    private static (string, ParameterForm, string) Part(string name, string about) =>
        (name, new(Number, Hint: $"{about} The three of them are another way to write `cone`."), "within a cone");
}
