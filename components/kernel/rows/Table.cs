using System.Text.Json;

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
    public string ANoun => $"{("aeiouAEIOU".Contains(Noun[0]) ? "an" : "a")} {Noun}";

    /// <summary>What several are called in a sentence.</summary>
    public string Nouns => PluralOf(Noun);

    /// <summary>What the rows are called in an address, with hyphens there, and in the names of commands.</summary>
    public string Resource { get; init; } = PluralOf(name);

    /// <summary>The rows in an address.</summary>
    public string Path => Resource.Replace('_', '-');

    /// <summary>Whether a row can be deleted that no other refers to.</summary>
    public bool Deletable { get; init; }

    /// <summary>Whether it grows every night: docs/schema.md then says which index answers each of its filters.</summary>
    public bool IsLarge { get; init; }

    /// <summary>Whether events tell of what happens to its rows; the migration that makes it so calls <c>opsdb_tell_events</c>.</summary>
    public bool IsTold { get; init; }

    /// <summary>Whether the audit trail tells of each row that a decision creates, changes or deletes.</summary>
    public bool Audited { get; init; }

    /// <summary>Whether it is a trail: rows are only ever added, and shown at their own address alone.</summary>
    public bool IsTrail { get; init; }

    /// <summary>
    /// With which rows of other tables its rows are seen: a caller who does not see all programmes sees a row if they see one of those. With
    /// none a table has a rule of its own, or such callers see nothing of it. Null where all see it who may read it.
    /// </summary>
    public IReadOnlyList<SeenWith>? SeenWith { get; init; }

    /// <summary>The column with the name of a user who sees and changes the row in any case; null for none.</summary>
    public string? SeenBy { get; init; }

    /// <summary>The type of its rows.</summary>
    public abstract Type RowType { get; }

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

    public override Type RowType => typeof(T);

    public override IReadOnlyList<Column> Columns => columns.Value;

    /// <summary>What a list of these rows can be filtered by.</summary>
    public IReadOnlyList<Filter<T>> Filters { get; init => field = Shown(value, f => f.Columns); } = [];

    /// <summary>What a list can be sorted by. The key always decides last.</summary>
    public IReadOnlyList<Sort<T>> Sorts { get; init => field = Shown(value, s => [s.Column]); } = [];

    /// <summary>The order of a list that asks for none, in the syntax of <c>sort=</c>.</summary>
    public string DefaultSort { get; init; } = "id";

    /// <summary>The fields that PATCH may change.</summary>
    public IReadOnlyList<string> Patchable { get; init => field = Shown(value, f => [f]); } = [];

    /// <summary>The instants that record when something happened: they lie within <see cref="FactBounds"/>.</summary>
    public IReadOnlyList<Fact<T>> Facts { get; init; } = [];

    /// <summary>The columns that name rows of other tables.</summary>
    public IReadOnlyList<Reference<T>> References { get; init; } = [];

    /// <summary>What the creation of a row is called in the log.</summary>
    public KindAttribute Creation { get => field ??= new($"{Resource}.create"); init; }

    /// <summary>What the change of a row's fields is called in the log, and whether it must never be lost.</summary>
    public KindAttribute Change { get => field ??= new($"{Resource}.change"); init; }

    /// <summary>What the deletion of a row is called in the log, where rows are <see cref="Table.Deletable"/>.</summary>
    public KindAttribute Deletion { get => field ??= new($"{Resource}.delete"); init; }

    public override IEnumerable<(string Column, DateTimeOffset At)> FactsOf(Row row) =>
        Facts.Select(f => (f.Column, At: f.At((T)row))).Where(f => f.At is not null).Select(f => (f.Column, f.At!.Value));

    public override Row Read(JsonElement row) => row.Deserialize<T>(Json.Options)!;

    public override Row ReadIncoming(JsonElement row) => IncomingJson.Read<T>(row, Problems.InvalidFields);

    public override JsonElement Write(Row row) => Json.ToElement((T)row with { Sync = null });

    /// <summary>What callers name: nobody could be told why a private column orders a list as it does, or guess at its values.</summary>
    private IReadOnlyList<V> Shown<V>(IReadOnlyList<V> named, Func<V, IReadOnlyList<string>> columns) =>
        named.SelectMany(columns).FirstOrDefault(n => Columns.Any(c => c.IsPrivate && c.Name == n)) is { } hidden
            ? throw new InvalidOperationException($"{Name}.{hidden} is private: no list is filtered or sorted by it, and no patch changes it.")
            : named;
}

/// <summary>
/// One thing a list can be sorted by. A null is greater than every value, as in PostgreSQL: last in ascending order, first in descending
/// order, so that one index serves both.
/// </summary>
public sealed record Sort<T>(string Column, ColumnType Type, bool IsNullable, Func<T, object?> Value, Comparison<T> Compare)
{
    // Before a value in a cursor, so that an empty text is none.
    private const char IsValue = '=';

    /// <summary>What it is in SQL: the column, or what is calculated from several.</summary>
    public string Sql { get; init; } = Column;

    public int CompareValues(object? a, object? b) => CompareAs(Type, a, b);

    /// <summary>A value as a cursor has it.</summary>
    public string Text(object? value) => IsNullable ? value is null ? "" : $"{IsValue}{Type.Text(value)}" : Type.Text(value!);

    /// <summary>Reads <see cref="Text"/>.</summary>
    /// <returns>Whether it is a value of this column.</returns>
    public bool TryParse(string text, out object? value)
    {
        value = null;
        if (IsNullable && text.Length == 0)
            return true;
        if (IsNullable && text[0] != IsValue)
            return false;
        value = Type.Parse(IsNullable ? text[1..] : text);
        return value is not null;
    }

    internal static int CompareAs(ColumnType type, object? a, object? b) => a is null || b is null ? (a is null).CompareTo(b is null) : type.Compare(a, b);
}
