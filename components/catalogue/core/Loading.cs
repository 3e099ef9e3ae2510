using OpsDb.Kernel;

namespace OpsDb.Catalogue;

/// <summary>A row that files can refer to.</summary>
/// <param name="before">The row of the database; null when it is yet to be created.</param>
/// <param name="id">Its key; of a row to be created a negative number, which stands for the key until the whole catalogue has been checked.</param>
internal sealed class Entry(Row? before, int id)
{
    public Row? Before { get; } = before;

    /// <summary>The row as it is to be.</summary>
    public Row? Row { get; set; } = before;

    public int Id { get; set; } = id;
}

/// <summary>The rows of one table by name, those of the database and those of the file.</summary>
/// <param name="Readable">False when nothing is known of the file's rows, so that a missing name proves nothing.</param>
internal sealed record Names(string File, bool Readable, Dictionary<string, Entry> Entries)
{
    private readonly Dictionary<int, string> byId = Entries.ToDictionary(e => e.Value.Id, e => e.Key);

    /// <exception cref="RefusalException">state-conflict: somebody has changed the catalogue while it was read.</exception>
    public string NameOf(int id) => byId.TryGetValue(id, out var name)
        ? name
        : throw new RefusalException(Problems.StateConflict, "The catalogue was changed while it was read. Try again.");

    /// <summary>The row of that name, which is a new one where there is none.</summary>
    public Entry Take(string name)
    {
        if (!Entries.TryGetValue(name, out var entry))
            Entries[name] = entry = new(null, -Entries.Count - 1);
        return entry;
    }
}

/// <summary>What is known while a catalogue is checked: names so far, and mistakes.</summary>
internal sealed class Loading : IRowsByKey
{
    private const int MaxReported = 100;
    private readonly Dictionary<Table, Names> names = [];
    private readonly List<TextMistake> mistakes = [];
    private readonly HashSet<(string File, int Line, string Column)> fields = [];

    public Names Know(Table table, Names known) => names[table] = known;

    public Names Known(Table table) => names[table];

    public void Report(IEnumerable<TextMistake> found) => mistakes.AddRange(found);

    /// <summary>Reports a field's mistake; the first one of a field is enough.</summary>
    public void Report(string file, int line, string column, string reason)
    {
        if (fields.Add((file, line, column)))
            mistakes.Add(new(file, line, column, reason));
    }

    /// <exception cref="RefusalException">catalogue-invalid, naming up to 100 mistakes by file, line and column.</exception>
    public void RequireNoMistakes()
    {
        if (mistakes.Count == 0)
            return;
        // By line within each file; the files stay in their order.
        var reported = mistakes.GroupBy(m => m.File).SelectMany(f => f.OrderBy(m => m.Line ?? 0)).Take(MaxReported).ToList();
        string[] more = mistakes.Count > reported.Count ? [$"and {mistakes.Count - reported.Count} more"] : [];
        throw new RefusalException(CatalogueProblems.CatalogueInvalid, string.Join('\n', [.. reported, .. more]))
        {
            Errors = reported.GroupBy(m => m.File).ToDictionary(f => f.Key, f => f.Select(m => m.ToString()[(f.Key.Length + 2)..]).ToArray()),
        };
    }

    Task<IReadOnlyDictionary<TKey, T>> IRowsByKey.FindManyAsync<T, TKey>(IReadOnlyCollection<TKey> ids, CancellationToken ct)
    {
        var wanted = ids.ToHashSet();
        var rows = names[T.Table].Entries.Values.Select(e => e.Row).OfType<T>().Where(r => wanted.Contains(r.Id));
        return Task.FromResult<IReadOnlyDictionary<TKey, T>>(rows.ToDictionary(r => r.Id));
    }
}
