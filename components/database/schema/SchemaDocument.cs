using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>The document of the schema, Markdown.</summary>
/// <param name="tables">Of the entities.</param>
public sealed partial class SchemaDocument(Databases databases, IEnumerable<Table> tables)
{
    private const string Transactions = "Transactions and history", Migrations = "Migrations";

    private const string Head =
        """
        # The schema

        What the main database and every replica hold, written from the database's own catalogue: `opsdb-data-api schema` prints it for any
        database that `migrate` has brought to the newest schema. Instants are UTC. A table is described under the component that it is an
        entity of; the partitions of a table are as the table is.


        """;

    /// <summary>Writes what the main database has.</summary>
    /// <exception cref="OutageException">main-unreachable.</exception>
    public async Task<string> WriteAsync(CancellationToken ct)
    {
        await using var main = await databases.MainAsync(ct);
        await main.BeginSnapshotAsync(ct);
        return Write(await SchemaCatalogue.ReadAsync(main, ct));
    }

    private string Write(SchemaCatalogue catalogue)
    {
        var groups = Groups(catalogue);
        var text = new StringBuilder(Head);
        Rows(text, "| of | tables |", groups.Select(g => (string[])[$"[{g.Title}](#{g.Title.ToLowerInvariant().Replace(' ', '-')})", Links(g.Relations)]));
        foreach (var (title, relations) in groups)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n");
            foreach (var relation in relations)
                Describe(text, catalogue, relation);
        }
        text.Append("\n## Functions\n\n");
        Rows(text, "| function | gives | meaning |", catalogue.Functions.Select(f => (string[])
            [Code(Simple($"{f.Name}({f.Arguments})")), Code(Simple(f.Result)), f.Meaning ?? ""]));
        return text.ToString();
    }

    /// <summary>The entities by component; then what is none.</summary>
    private List<(string Title, IReadOnlyList<SchemaRelation> Relations)> Groups(SchemaCatalogue catalogue)
    {
        var titles = tables.ToDictionary(t => t.Name, t => Title(t.RowType.Namespace!.Split('.')[^1]));
        var groups = catalogue.Relations.ToLookup(r => titles.GetValueOrDefault(r.Name)
            ?? (r.IsView || r.Schema == SchemaCatalogue.MigrationsSchema ? Migrations : Transactions));
        return
        [
            .. titles.Values.Distinct().Order(StringComparer.Ordinal).Append(Transactions).Append(Migrations)
                .Select(t => (t, (IReadOnlyList<SchemaRelation>)[.. groups[t]])),
        ];
    }

    private static void Describe(StringBuilder text, SchemaCatalogue catalogue, SchemaRelation relation)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n### {relation.Name}\n\n{relation.Meaning}.");
        if (relation.IsView)
            text.Append(" A view.");
        if (relation.Partitioned is { } by)
            text.Append(CultureInfo.InvariantCulture, $" Partitioned by {Code(by.ToLowerInvariant())}.");
        text.Append("\n\n");
        Rows(text, "| column | type | null | default | meaning |", catalogue.Columns.Where(c => c.Relation == relation.Id).Select(c => (string[])
            [Code(c.Name), Simple(c.Type), c.IsNullable ? "null" : "", c.Default is null ? "" : Code(c.Default), c.Meaning ?? ""]));
        Section(text, "| key or rule | | meaning |", catalogue.Constraints.Where(c => c.Relation == relation.Id).Select(c => (string[])
            [Code(c.Name), Code(Simple(c.Rule)), c.Meaning ?? ""]));
        Section(text, "| index | of | meaning |", catalogue.Indexes.Where(i => i.Relation == relation.Id).Select(i => (string[])
            [Code(i.Name), $"{(i.IsUnique ? "unique " : "")}{Code(Simple(i.Columns))}{(i.InPartitions ? ", in each partition" : "")}", i.Meaning ?? ""]));
        Section(text, "| trigger | |", catalogue.Triggers.Where(t => t.Relation == relation.Id).Select(t => (string[])[Code(t.Name), t.Rule]));
    }

    private static void Section(StringBuilder text, string head, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return;
        text.Append('\n');
        Rows(text, head, all);
    }

    /// <summary>A table of Markdown.</summary>
    public static void Rows(StringBuilder text, string head, IEnumerable<string[]> rows)
    {
        text.Append(CultureInfo.InvariantCulture, $"{head}\n{string.Concat(Enumerable.Repeat("|---", head.Count(c => c == '|') - 1))}|\n");
        foreach (var row in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row.Select(c => c.Replace("|", @"\|", StringComparison.Ordinal)))} |\n");
    }

    private static string Links(IEnumerable<SchemaRelation> relations) => string.Join(", ", relations.Select(r => $"[{r.Name}](#{r.Name})"));

    private static string Code(string text) => $"`{text}`";

    /// <summary>Without what goes without saying: the type of each literal, the kind of an index.</summary>
    private static string Simple(string sql) =>
        TypeOfLiteral().Replace(sql, "$1").Replace("btree (", "(", StringComparison.Ordinal)
            .Replace("timestamp with time zone", "timestamptz", StringComparison.Ordinal);

    /// <summary><c>RawData</c> as people write it.</summary>
    private static string Title(string component) => component[0] + Capital().Replace(component[1..], m => $" {m.Value.ToLowerInvariant()}");

    [GeneratedRegex(@"('(?:[^']|'')*'|\b[0-9.]+)(?:::(?:text|integer|double precision))+")]
    private static partial Regex TypeOfLiteral();

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();
}
