using System.Text.Json.Serialization.Metadata;
using OpsDb.Kernel;

namespace OpsDb.Catalogue;

/// <summary>
/// How the rows of a table are written in a file. A row is named by what people call it, and names the rows that it refers to in the same way.
/// </summary>
internal abstract class CatalogueForm(Table table, string file, IReadOnlyList<string> key, IReadOnlyList<FileLink> links)
{
    public Table Table { get; } = table;

    /// <summary>The columns that together name a row.</summary>
    public IReadOnlyList<string> Key { get; } = key;

    public IReadOnlyList<FileLink> Links { get; } = links;

    /// <summary>The columns of the file that are columns of the table.</summary>
    public IReadOnlyList<FileColumn> Columns { get; } = FileColumn.Of(table, links);

    /// <summary>Columns of the table besides the key whose values together are unique.</summary>
    public IReadOnlyList<string> Unique { get; init; } = [];

    /// <summary>Columns that never change: rows have been judged by what they say.</summary>
    public IReadOnlyList<string> Unchanging { get; init; } = [];

    /// <summary>Whether there need not be such a file.</summary>
    public bool MayBeMissing { get; init; }

    // What a row cannot do without has to be there; the key comes first.
    public TextLayout Layout => field ??= new(file, [.. Key.Intersect(NamesOf(required: true)).Union(NamesOf(required: true))])
    {
        Optional = [.. Key.Union(NamesOf(required: false)).Except(NamesOf(required: true))],
        MayBeMissing = MayBeMissing,
    };

    /// <summary>One name of several parts; a line end can be in none of them.</summary>
    public static string Joined(IEnumerable<string> parts) => string.Join('\n', parts);

    /// <summary>The column of the file in which a field of the row is.</summary>
    public string ColumnOf(string field) => Links.FirstOrDefault(l => l.Field == field)?.Columns[^1] ?? field;

    public abstract CatalogueFile Open(IServiceProvider services);

    private IEnumerable<string> NamesOf(bool required) =>
        Links.Where(l => !FileColumn.IsNullable(Table, l.Field) == required).SelectMany(l => l.Columns)
            .Concat(Columns.Where(c => c.IsRequired == required).Select(c => c.Name));
}

/// <inheritdoc />
internal sealed class CatalogueForm<T>(string file, IReadOnlyList<string> key, params IReadOnlyList<FileLink> links)
    : CatalogueForm(T.Table, file, key, links) where T : Row<int>, IRow<T>
{
    /// <summary>A row with what follows from the columns that the file has.</summary>
    public Func<T, Func<string, bool>, T> Completed { get; init; } = (row, _) => row;

    public override CatalogueFile Open(IServiceProvider services) =>
        Microsoft.Extensions.DependencyInjection.ActivatorUtilities.CreateInstance<CatalogueFile<T>>(services, this);
}

/// <summary>A column of a file that is a column of the table.</summary>
/// <param name="IsRequired">Whether there is no row without it.</param>
internal sealed record FileColumn(string Name, ColumnType Type, bool CanBeEmpty, bool IsRequired, JsonPropertyInfo Property)
{
    private static readonly string[] Stamps = ["id", "version", "created_at", "created_by", "modified_at", "modified_by"];

    public static IReadOnlyList<FileColumn> Of(Table table, IReadOnlyList<FileLink> links) =>
    [
        .. table.Columns.Where(c => !Stamps.Contains(c.Name) && links.All(l => l.Field != c.Name)).Select(c =>
            new FileColumn(c.Name, c.Type, IsNullable(table, c.Name), PropertyOf(table, c.Name).IsRequired, PropertyOf(table, c.Name))),
    ];

    public static JsonPropertyInfo PropertyOf(Table table, string column) => Json.Options.GetTypeInfo(table.RowType).Properties.First(p => p.Name == column);

    public static bool IsNullable(Table table, string column) => PropertyOf(table, column) is { PropertyType: var type, IsSetNullable: var nullable }
        && (type.IsValueType ? Nullable.GetUnderlyingType(type) is not null : nullable);

    /// <summary>What a row of the table has, as the file has it.</summary>
    public string TextOf(Row row) => Property.Get!(row) is { } value ? Type.Text(value) : "";
}

/// <summary>Columns of a file that name a row of another table, where the table has its key.</summary>
/// <param name="Field">The table's column.</param>
/// <param name="Columns">The parts of the other's name.</param>
/// <param name="First">A first part of the name that is the same in all rows, and in no column.</param>
internal sealed record FileLink(string Field, Table Other, IReadOnlyList<string> Columns, string? First = null)
{
    /// <summary>The parts of the other's name, each in its column.</summary>
    public IEnumerable<(string Column, string Text)> PartsOf(string name) => Columns.Zip(name.Split('\n').Skip(First is null ? 0 : 1));

    public string NameOf(Func<string, string> text) => CatalogueForm.Joined((First is null ? [] : new[] { First }).Concat(Columns.Select(text)));
}
