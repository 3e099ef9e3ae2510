namespace OpsDb.Kernel;

/// <summary>A file of rows as it should be: its name and its columns, in any order.</summary>
public sealed record TextLayout(string File, IReadOnlyList<string> Columns)
{
    /// <summary>Columns that it may have besides; nothing is said in them of a row when they are missing.</summary>
    public IReadOnlyList<string> Optional { get; init; } = [];

    /// <summary>Whether there need not be such a file.</summary>
    public bool MayBeMissing { get; init; }

    /// <summary>All that it can have.</summary>
    public IEnumerable<string> Known => Columns.Concat(Optional);
}

/// <summary>A file of rows as it was read; values are text.</summary>
/// <param name="Readable">False when the file or its header is at fault, so that nothing is known of its rows.</param>
/// <param name="Mistakes">What is wrong with the file's form. A line named here is not among the rows.</param>
public sealed record TextTable(string File, bool Readable, IReadOnlyList<TextRow> Rows, IReadOnlyList<TextMistake> Mistakes);

/// <summary>One row.</summary>
/// <param name="Line">Where it begins in its file; the header is line 1.</param>
/// <param name="Values">By column; an empty field is empty text.</param>
public sealed record TextRow(int Line, IReadOnlyDictionary<string, string> Values);

/// <summary>Something wrong in a file.</summary>
/// <param name="Line">Null when the whole file is meant.</param>
/// <param name="Column">Null when the whole line is meant.</param>
public sealed record TextMistake(string File, int? Line, string? Column, string Reason)
{
    public override string ToString() =>
        FormattableString.Invariant($"{File}{(Line is { } line ? $", line {line}" : "")}{(Column is null ? "" : $", {Column}")}: {Reason}");
}

/// <summary>Reads comma-separated values that somebody has sent.</summary>
public interface ITextTables
{
    /// <summary>The rows of a text with one header line; what does not fit is a mistake of its line.</summary>
    TextTable Read(string text, TextLayout layout);
}
