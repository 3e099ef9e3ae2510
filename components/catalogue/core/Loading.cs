using OpsDb.Kernel;

namespace OpsDb.Catalogue;

/// <summary>A row that files can refer to.</summary>
/// <param name="before">The row of the database; null when it is yet to be created.</param>
internal sealed class Entry(Row? before)
{
    public Row? Before { get; } = before;

    /// <summary>The key; of a row to be created, once the whole catalogue has been checked.</summary>
    public int Id { get; set; } = (int?)before?.Key ?? 0;
}

/// <summary>The rows of one table by name, those of the database and those of the file.</summary>
/// <param name="Readable">False when nothing is known of the file's rows, so that a missing name proves nothing.</param>
internal sealed record Names(string File, bool Readable, Dictionary<string, Entry> Entries);

/// <summary>What is known while a catalogue is checked: names so far, and mistakes.</summary>
internal sealed class Loading
{
    private const int MaxReported = 100;
    private readonly Dictionary<Type, Names> names = [];
    private readonly List<TextMistake> mistakes = [];
    private readonly HashSet<(string File, int Line, string Column)> fields = [];

    public void Know<T>(Names known) => names[typeof(T)] = known;

    public Names Known<T>() => names[typeof(T)];

    public string NameOf<T>(int id) => Known<T>().Entries.First(e => e.Value.Id == id).Key;

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
}
