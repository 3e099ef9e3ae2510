using System.Collections.Concurrent;
using System.Text.Json;

namespace OpsDb.Kernel;

/// <summary>
/// What a column can hold: the one place that knows how its values are named in SQL, written as text and JSON, read, sorted and
/// described. The kinds are closed: a row with a property of another type stops the program when its table is built, and not the
/// processor at night.
/// </summary>
public abstract class ColumnType
{
    private static readonly ConcurrentDictionary<Type, ColumnType?> Known = new();

    private protected ColumnType(Type type, string sql, string sentence, string schemaType, string? schemaFormat = null) =>
        (Type, Sql, Sentence, SchemaType, SchemaFormat) = (type, sql, sentence, schemaType, schemaFormat);

    /// <summary>Of the property, without the possibility of null.</summary>
    public Type Type { get; }

    /// <summary>PostgreSQL's name of the type.</summary>
    public string Sql { get; }

    /// <summary>What a value is, as a refusal says it: <c>a whole number</c>.</summary>
    public string Sentence { get; }

    /// <summary>The type and the format of JSON Schema.</summary>
    public string SchemaType { get; }

    /// <inheritdoc cref="SchemaType"/>
    public string? SchemaFormat { get; }

    /// <summary>Whether its values can be keys, and what a list is sorted by or filtered for.</summary>
    public virtual bool IsOrdered => true;

    /// <summary>What a list of values is made of; null where a value is no list.</summary>
    public virtual ColumnType? Element => null;

    /// <summary>Whether a query string may give several with commas between.</summary>
    public virtual bool HasNoCommas => true;

    /// <exception cref="InvalidOperationException">There is no such column.</exception>
    public static ColumnType Of(Type type) => Find(type)
        ?? throw new InvalidOperationException($"No column holds a {type}; those that can be are listed in ColumnType.");

    /// <returns>Null when no column holds it.</returns>
    public static ColumnType? Find(Type type) => Known.GetOrAdd(Nullable.GetUnderlyingType(type) ?? type, Make);

    /// <summary>What a list sorts a column by: PostgreSQL sorts text by language unless it is told otherwise.</summary>
    public virtual string Sorted(string column) => column;

    /// <summary>A column as a select reads it.</summary>
    public virtual string Selected(string column) => column;

    /// <summary>A column as PostgreSQL's JSON has it, if that is not as the row's JSON has it.</summary>
    public virtual string InJson(string column) => column;

    /// <summary>SQL for the value whose text, by <see cref="Text(JsonElement)"/>, an expression gives.</summary>
    public virtual string FromText(string text) => $"{text}::{Sql}";

    /// <summary>The text from which SQL makes the value.</summary>
    /// <param name="value">As a row's JSON has it.</param>
    public virtual string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };

    /// <summary>A value as an address, a query string and a cursor have it.</summary>
    public abstract string Text(object value);

    /// <summary>Reads <see cref="Text(object)"/>.</summary>
    /// <returns>Null when it is no such value.</returns>
    public abstract object? Parse(string text);

    /// <summary>The order, the same as PostgreSQL's with collation "C".</summary>
    public abstract int Compare(object a, object b);

    /// <summary>What the driver takes for a value.</summary>
    public virtual object Parameter(object value) => value;

    /// <summary>What the driver takes for several.</summary>
    public abstract Array Parameters(IReadOnlyCollection<object> values);

    /// <summary>What the driver gave, as the property's type.</summary>
    public virtual object FromDriver(object value) => value;

    /// <summary>What is wrong with a value in somebody's JSON, as it follows a field's name; null when it is one.</summary>
    /// <param name="value">Not null.</param>
    public abstract string? Fault(JsonElement value);

    public override string ToString() => Sql;

    private static ColumnType? Make(Type type) => type switch
    {
        _ when type == typeof(string) => new TextType(),
        _ when type == typeof(int) => new WholeType<int>("integer", "int32"),
        _ when type == typeof(long) => new WholeType<long>("bigint", "int64"),
        _ when type == typeof(double) => new DoubleType(),
        _ when type == typeof(decimal) => new NumericType(),
        _ when type == typeof(bool) => new BooleanType(),
        _ when type == typeof(Guid) => new UuidType(),
        _ when type == typeof(DateTimeOffset) => new InstantType(),
        _ when type == typeof(DateOnly) => new DateType(),
        _ when type == typeof(JsonElement) => new JsonbType(),
        _ when type == typeof(byte[]) => new BytesType(),
        _ when type == typeof(Sealed) => new SealedType(),
        { IsEnum: true } => new EnumType(type),
        { IsSZArray: true } when Find(type.GetElementType()!) is { IsListed: true } element =>
            (ColumnType)Activator.CreateInstance(typeof(ArrayType<>).MakeGenericType(element.Type), element)!,
        _ => null,
    };

    /// <summary>Whether there are columns with a list of them.</summary>
    private protected virtual bool IsListed => true;

    private protected string NotA(JsonElement value) => $"is {Sentence}, not {JsonForm.Kind(value)}";

    /// <param name="more">Of the form, behind the sentence.</param>
    private protected string Not(JsonElement value, string more = "") => $"is {Sentence}{more}, not {JsonForm.Shown(value)}";
}
