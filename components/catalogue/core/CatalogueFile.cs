using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Catalogue;

/// <summary>One file of the catalogue: how it becomes rows of its table.</summary>
internal abstract class CatalogueFile(TextLayout layout)
{
    public TextLayout Layout { get; } = layout;

    /// <summary>Reports every mistake of the file, and makes its names known to the files after it.</summary>
    /// <param name="text">Null when there is no such file.</param>
    public abstract Task<CheckedFile> CheckAsync(TextTable? text, Loading loading, CancellationToken ct);
}

/// <summary>A file without mistakes, once <see cref="Loading.RequireNoMistakes"/> has passed.</summary>
internal abstract record CheckedFile(Table Table)
{
    public abstract Task<LoadCounts> DecideAsync(Changes changes, IIdentities identities, CancellationToken ct);
}

/// <inheritdoc />
internal abstract class CatalogueFile<T>(TextLayout layout, IReader<T, int> rows, IValidator<T> rules) : CatalogueFile(layout) where T : Row<int>, IRow<T>
{
    /// <summary>The columns that together name a row.</summary>
    protected virtual IReadOnlyList<string> Key { get; } = ["name"];

    /// <summary>Another column whose values are unique in the table.</summary>
    protected virtual (string Column, Func<T, string> Value)? Unique => null;

    /// <summary>The name of a row of the database, as <see cref="Key"/> has it.</summary>
    protected abstract string NameOf(T row, Loading loading);

    /// <summary>A row of the file, with what the file does not say as the database has it.</summary>
    protected virtual T With(T row, T before) => row;

    /// <summary>Reads the row but for its key, which is not known before the whole catalogue has been checked.</summary>
    protected abstract Func<int, T> Read(Fields fields);

    public override async Task<CheckedFile> CheckAsync(TextTable? text, Loading loading, CancellationToken ct)
    {
        text ??= new(Layout.File, false, [], [new(Layout.File, null, null, "is missing")]);
        loading.Report(text.Mistakes);
        var entries = (await rows.AllAsync(ct)).ToDictionary(row => NameOf(row, loading), row => new Entry(row));
        loading.Know<T>(new(text.File, text.Readable, entries));
        var items = new List<Item>();
        var lines = new Dictionary<string, int>();
        foreach (var row in text.Rows)
        {
            var fields = new Fields(text.File, row, loading);
            var name = Joined(Key.Select(fields.Text));
            var make = Read(fields);
            var unkeyed = make(0);
            foreach (var error in (await rules.ValidateAsync(unkeyed, ct)).Errors)
                fields.Report(Json.SnakeCase(error.PropertyName), error.ErrorMessage);
            if (!lines.TryAdd(name, row.Line))
            {
                fields.Report(Key[^1], FormattableString.Invariant($"'{fields.Text(Key[^1])}' is on line {lines[name]} already"));
                continue;
            }
            if (!entries.TryGetValue(name, out var entry))
                entries[name] = entry = new(null);
            items.Add(new(fields, entry, unkeyed, make));
        }
        CheckUnique(entries.Values, items);
        return new Checked(items, With);
    }

    /// <summary>One name of several parts; a line end can be in none of them.</summary>
    protected static string Joined(params IEnumerable<string> parts) => string.Join('\n', parts);

    private void CheckUnique(IEnumerable<Entry> entries, IReadOnlyList<Item> items)
    {
        if (Unique is not var (column, value))
            return;
        var places = entries.Except(items.Select(i => i.Entry)).Select(e => e.Before).OfType<T>().ToDictionary(value, _ => "in the database");
        foreach (var (fields, _, row, _) in items)
        {
            if (!places.TryAdd(value(row), FormattableString.Invariant($"on line {fields.Line}")))
                fields.Report(column, $"'{value(row)}' is {places[value(row)]} already");
        }
    }

    private sealed record Item(Fields Fields, Entry Entry, T Unkeyed, Func<int, T> Make);

    private sealed record Checked(IReadOnlyList<Item> Items, Func<T, T, T> With) : CheckedFile(T.Table)
    {
        public override async Task<LoadCounts> DecideAsync(Changes changes, IIdentities identities, CancellationToken ct)
        {
            var created = Items.Where(i => i.Entry.Before is null).ToList();
            var ids = created.Count == 0 ? [] : await identities.TakeAsync(Table, created.Count, ct);
            foreach (var (item, id) in created.Zip(ids))
            {
                item.Entry.Id = id;
                changes.Create(item.Make(id));
            }
            var updated = 0;
            foreach (var (_, entry, _, make) in Items.Where(i => i.Entry.Before is not null))
            {
                var before = (T)entry.Before!;
                var after = With((T)make(entry.Id).InPlaceOf(before), before);
                // Who has taken it out of service, at night and elsewhere, has not told the file.
                if (after is IAvailable<T> switched && before is IAvailable<T> was)
                    after = switched.WithAvailability(was.Available, was.UnavailableReason, was.AvailabilitySince);
                if (after == before)
                    continue;
                changes.Update(before, after);
                updated++;
            }
            return new(created.Count, updated, Items.Count - created.Count - updated);
        }
    }
}
