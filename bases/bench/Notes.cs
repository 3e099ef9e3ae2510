using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>Why rows miss what they must be: a sentence for each, which people write into bench/notes and no run changes.</summary>
/// <param name="sentences">By the name of the row.</param>
internal sealed class Notes(IReadOnlyDictionary<string, string> sentences)
{
    private const string Folder = "bench", File = "notes";

    public static Notes None { get; } = new(new Dictionary<string, string>());

    public static string Path { get; } = $"{Folder}/{File}";

    /// <summary>Null where there is none.</summary>
    public string? this[string row] => sentences.GetValueOrDefault(row);

    /// <exception cref="BenchException">The file has another form.</exception>
    public static async Task<Notes> ReadAsync(CancellationToken ct)
    {
        var path = System.IO.Path.Combine(BuiltPrograms.Root, Folder, File);
        return System.IO.File.Exists(path) ? Parse(await System.IO.File.ReadAllTextAsync(path, ct)) : None;
    }

    /// <summary>Each note is the row's name, a colon and the sentence, which goes on in lines that begin with a space; # begins a comment.</summary>
    /// <exception cref="BenchException">It has another form, or two notes of one row.</exception>
    public static Notes Parse(string text)
    {
        var sentences = new Dictionary<string, string>();
        var row = "";
        foreach (var line in text.Split('\n').Where(l => l.Trim().Length > 0 && l[0] != '#'))
        {
            if (line[0] == ' ' && row.Length > 0)
                sentences[row] += $" {line.Trim()}";
            else if (line.Split(": ", 2) is not [var name, var sentence] || !sentences.TryAdd(row = name, sentence.Trim()))
                throw new BenchException($"{Path}: '{line}' is no note, or the second one of its row.");
        }
        return new(sentences);
    }

    /// <summary>What to say of rows that miss what they must be while nobody has said why.</summary>
    public IEnumerable<string> Missing(IEnumerable<Row> rows) =>
        from row in rows
        let missed = MustBe.Missed(row)
        where missed.Count > 0 && this[row.Name] is null
        select $"{row.Name} misses what it must be ({string.Join(", ", missed)}; {row.Target}), and no sentence in {Path} says why.";
}
