using System.Text.Json;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Catalogue;

/// <summary>One file of the catalogue: how it becomes rows of its table, and they become the file.</summary>
internal abstract class CatalogueFile(CatalogueForm form)
{
    public TextLayout Layout => form.Layout;

    /// <summary>Reports every mistake of the file, and makes its names known to the files after it.</summary>
    /// <param name="text">Null when there is no such file.</param>
    public abstract Task<CheckedFile> CheckAsync(TextTable? text, Loading loading, CancellationToken ct);

    /// <summary>All rows of the table.</summary>
    public abstract RowsOf Rows();

    /// <summary>The rows as the file has them. Their names are known to the files after it.</summary>
    /// <param name="rows">Read by now.</param>
    public abstract TextTable Write(RowsOf rows, Loading loading);
}

/// <summary>A file without mistakes, once <see cref="Loading.RequireNoMistakes"/> has passed.</summary>
/// <param name="IsThere">Whether there was such a file.</param>
internal abstract record CheckedFile(Table Table, bool IsThere)
{
    /// <summary>Reports rows that do not fit those that they refer to.</summary>
    public abstract Task CheckFitAsync(Loading loading, CancellationToken ct);

    public abstract Task<LoadCounts> DecideAsync(Changes changes, IIdentities identities, CancellationToken ct);
}

/// <inheritdoc />
internal sealed class CatalogueFile<T>(
    CatalogueForm<T> form, IReader<T, int> rows, IEnumerable<IValidator<T>> rules, IEnumerable<IRowCheck<T>> checks) : CatalogueFile(form)
    where T : Row<int>, IRow<T>
{
    private static readonly System.Text.Json.Serialization.Metadata.JsonPropertyInfo Id = FileColumn.PropertyOf(T.Table, "id");

    public override async Task<CheckedFile> CheckAsync(TextTable? text, Loading loading, CancellationToken ct)
    {
        var isThere = text is not null;
        text ??= form.MayBeMissing ? new(Layout.File, true, [], []) : new(Layout.File, false, [], [new(Layout.File, null, null, "is missing")]);
        loading.Report(text.Mistakes);
        var known = Know(await rows.AllAsync(ct), text, loading);
        var items = new List<Item>();
        var lines = new Dictionary<string, int>();
        foreach (var row in text.Rows)
        {
            var fields = new Fields(text.File, row, loading);
            var name = CatalogueForm.Joined(form.Key.Select(k => Canonical(k, fields.Text(k))));
            var entry = known.Take(name);
            var item = new Item(fields, entry, ValuesOf(fields, entry.Before), LinksOf(fields));
            foreach (var (column, _) in item.Values.Where(v => entry.Before is not null && form.Unchanging.Contains(v.Column.Name)))
                fields.Report(column.Name, "never changes: give another form another version");
            entry.Row = Build(item);
            foreach (var error in rules.SelectMany(r => r.Validate((T)entry.Row).Errors))
                fields.Report(form.ColumnOf(Json.SnakeCase(error.PropertyName)), error.ErrorMessage);
            if (lines.TryAdd(name, row.Line))
                items.Add(item);
            else
                fields.Report(form.Key[^1], FormattableString.Invariant($"'{fields.Text(form.Key[^1])}' is on line {lines[name]} already"));
        }
        CheckUnique(known, items);
        return new Checked(this, known, items, isThere);
    }

    public override RowsOf Rows() => new RowsOf<T>(ListQuery<T>.Everything);

    public override TextTable Write(RowsOf rows, Loading loading)
    {
        var read = ((RowsOf<T>)rows).Rows;
        Know(read, new(Layout.File, true, [], []), loading);
        return new(Layout.File, true, [.. read.Select((row, n) => new TextRow(n + 2, TextOf(row, loading)))], []);
    }

    private Names Know(IReadOnlyList<T> stored, TextTable text, Loading loading) =>
        loading.Know(T.Table, new(text.File, text.Readable, stored.ToDictionary(row => NameOf(row, loading), row => new Entry(row, row.Id))));

    private string NameOf(T row, Loading loading)
    {
        var written = TextOf(row, loading);
        return CatalogueForm.Joined(form.Key.Select(k => written[k]));
    }

    private Dictionary<string, string> TextOf(T row, Loading loading)
    {
        var written = Layout.Known.ToDictionary(c => c, _ => "");
        foreach (var link in form.Links)
        {
            if (FileColumn.PropertyOf(T.Table, link.Field).Get!(row) is not int id)
                continue;
            foreach (var (column, part) in link.PartsOf(loading.Known(link.Other).NameOf(id)))
                written[column] = part;
        }
        foreach (var column in form.Columns)
            written[column.Name] = column.TextOf(row);
        return written;
    }

    /// <summary>A part of a name as the database would write it.</summary>
    private string Canonical(string column, string text) =>
        form.Columns.FirstOrDefault(c => c.Name == column) is { } plain && plain.Type.Parse(text) is { } value ? plain.Type.Text(value) : text;

    /// <summary>What the file says otherwise than the database: what it says in the same words stays as it is.</summary>
    private List<(FileColumn Column, object? Value)> ValuesOf(Fields fields, Row? before)
    {
        var values = new List<(FileColumn, object?)>();
        foreach (var column in form.Columns.Where(c => fields.Says(c.Name)))
        {
            if (before is not null && column.TextOf(before) == fields.Text(column.Name))
                continue;
            var value = fields.Value(column);
            if (before is null || !(value is JsonElement json && column.Property.Get!(before) is JsonElement was && JsonElement.DeepEquals(json, was)))
                values.Add((column, value));
        }
        return values;
    }

    private List<(FileLink Link, Entry? Entry)> LinksOf(Fields fields) =>
    [
        .. form.Links.Where(l => fields.Says(l.Columns[^1])).Select(l => (l, fields.Reference(l, FileColumn.IsNullable(T.Table, l.Field)))),
    ];

    /// <summary>The row of the database with what the file says, or a new one.</summary>
    private T Build(Item item)
    {
        // A copy, whose properties nobody has seen yet.
        var row = item.Entry.Before is { } before ? (T)before.InPlaceOf(before) : (T)Activator.CreateInstance(typeof(T))!;
        Id.Set!(row, item.Entry.Id);
        foreach (var (column, value) in item.Values)
            column.Property.Set!(row, value);
        foreach (var (link, entry) in item.Links)
            FileColumn.PropertyOf(T.Table, link.Field).Set!(row, entry?.Id ?? (FileColumn.IsNullable(T.Table, link.Field) ? null : (object)0));
        row = form.Completed(row, item.Fields.Says);
        // Who has taken it out of service, at night and elsewhere, has not told the file.
        return row is IAvailable<T> switched && item.Entry.Before is IAvailable<T> was
            ? switched.WithAvailability(was.Available, was.UnavailableReason, was.AvailabilitySince)
            : row;
    }

    private void CheckUnique(Names known, IReadOnlyList<Item> items)
    {
        if (form.Unique is not [.., var last])
            return;
        var columns = form.Unique.Select(c => FileColumn.PropertyOf(T.Table, c)).ToList();
        var places = known.Entries.Values.Except(items.Select(i => i.Entry)).Select(e => e.Before).OfType<T>().ToDictionary(NameOf, _ => "in the database");
        foreach (var (fields, entry, _, _) in items)
        {
            var name = NameOf(entry.Row!);
            if (!places.TryAdd(name, FormattableString.Invariant($"on line {fields.Line}")))
                fields.Report(last, $"'{fields.Text(last)}' is {places[name]} already");
        }

        string NameOf(Row row) => CatalogueForm.Joined(columns.Select(c => FormattableString.Invariant($"{c.Get!(row)}")));
    }

    private sealed record Item(
        Fields Fields, Entry Entry, IReadOnlyList<(FileColumn Column, object? Value)> Values, IReadOnlyList<(FileLink Link, Entry? Entry)> Links);

    private sealed record Checked(CatalogueFile<T> File, Names Known, IReadOnlyList<Item> Items, bool IsThere) : CheckedFile(T.Table, IsThere)
    {
        public override Task CheckFitAsync(Loading loading, CancellationToken ct) => File.CheckFitAsync(Known, Items, loading, ct);

        public override async Task<LoadCounts> DecideAsync(Changes changes, IIdentities identities, CancellationToken ct)
        {
            var created = Items.Where(i => i.Entry.Before is null).ToList();
            var ids = created.Count == 0 ? [] : await identities.TakeAsync(Table, created.Count, ct);
            foreach (var (item, id) in created.Zip(ids))
            {
                item.Entry.Id = id;
                changes.Create(File.Build(item));
            }
            var updated = 0;
            foreach (var item in Items.Where(i => i.Entry.Before is not null))
            {
                var (before, after) = ((T)item.Entry.Before!, File.Build(item));
                if (after == before)
                    continue;
                changes.Update(before, after);
                updated++;
            }
            return new(created.Count, updated, Items.Count - created.Count - updated);
        }
    }

    /// <summary>Also of rows that the file does not have: what they refer to may change.</summary>
    private async Task CheckFitAsync(Names known, IReadOnlyList<Item> items, Loading loading, CancellationToken ct)
    {
        var all = known.Entries.ToList();
        var fields = items.ToDictionary(i => i.Entry, i => i.Fields);
        foreach (var check in all.Count == 0 ? [] : checks)
            await check.CheckAsync([.. all.Select(e => (T)e.Value.Row!)], loading, Report, ct);

        void Report(int n, string field, string reason)
        {
            var (column, name) = (form.ColumnOf(field), all[n].Key.Replace("\n", "', '", StringComparison.Ordinal));
            if (fields.TryGetValue(all[n].Value, out var row))
                row.Report(column, reason);
            else
                loading.Report([new(Layout.File, null, column, $"{reason}; of '{name}', which is in the database")]);
        }
    }
}
