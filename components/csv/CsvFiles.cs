using System.Text;
using CsvHelper;
using OpsDb.Kernel;

namespace OpsDb.Csv;

/// <summary>
/// Reads and writes files of comma-separated values as RFC 4180 has them, in UTF-8, with one header line that names the columns in
/// any order. Nothing is guessed: whatever does not fit is a mistake of its line.
/// </summary>
public static class CsvFiles
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the files that the layouts name from a folder; a file that is not there is a mistake, unless it may be missing.</summary>
    public static IReadOnlyList<TextTable> Read(string folder, IReadOnlyList<TextLayout> layouts) =>
    [
        .. layouts.Where(l => !l.MayBeMissing || File.Exists(Path.Combine(folder, l.File))).Select(l => ReadFile(Path.Combine(folder, l.File), l)),
    ];

    /// <summary>Writes files into a folder, which is made where there is none. Each is there whole or as it was before.</summary>
    public static void Write(string folder, IReadOnlyList<TextTable> tables, IReadOnlyList<TextLayout> layouts)
    {
        Directory.CreateDirectory(folder);
        foreach (var (table, layout) in tables.Zip(layouts))
        {
            var (path, written) = (Path.Combine(folder, layout.File), Path.Combine(folder, $".{layout.File}.new"));
            File.WriteAllText(written, Write(table, layout), Utf8);
            File.Move(written, path, overwrite: true);
        }
    }

    /// <summary>The text that is read as these rows.</summary>
    public static string Write(TextTable table, TextLayout layout)
    {
        var text = new StringWriter();
        using (var writer = CsvWriter.Create(text, new() { NewLine = "\n" }, leaveOpen: true))
        {
            writer.WriteRecord([.. layout.Known]);
            foreach (var row in table.Rows)
                writer.WriteRecord([.. layout.Known.Select(c => row.Values.GetValueOrDefault(c, ""))]);
        }
        return text.ToString();
    }

    public static TextTable Read(byte[] content, TextLayout layout)
    {
        try
        {
            return Read(Utf8.GetString(content.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? content[3..] : content), layout);
        }
        catch (DecoderFallbackException e)
        {
            var line = content.AsSpan(0, e.Index).Count((byte)'\n') + 1;
            return Unreadable(layout, line, "is not UTF-8 text");
        }
    }

    /// <summary>The same of a text that came in another way.</summary>
    public static TextTable Read(string text, TextLayout layout) => new Table(layout).Read(text);

    private static TextTable ReadFile(string path, TextLayout layout)
    {
        try
        {
            return Read(File.ReadAllBytes(path), layout);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Unreadable(layout, null, "is missing");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unreadable(layout, null, "cannot be read");
        }
    }

    private static TextTable Unreadable(TextLayout layout, int? line, string reason) =>
        new(layout.File, false, [], [new(layout.File, line, null, reason)]);

    /// <summary>One file while it is read.</summary>
    private sealed class Table(TextLayout layout)
    {
        private readonly List<TextRow> rows = [];
        private readonly List<TextMistake> mistakes = [];

        public TextTable Read(string text)
        {
            using var reader = CsvReader.FromText(text, new()
            {
                Separator = ',',
                HasHeader = false,
                TrackLineNumbers = true,
                MalformedData = CsvMalformedDataHandling.Skip,
                OnMalformedRecord = record => Report((int)record.LineNumber, null, "has a quotation mark in the wrong place"),
            });
            var header = reader.Read() ? Fields(reader) : null;
            if (header is not null && mistakes.Count == 0)
                CheckHeader(header);
            else if (mistakes.Count == 0)
                mistakes.Add(new(layout.File, 1, null, $"has no header; its columns are {string.Join(", ", layout.Known)}"));
            if (header is null || mistakes.Count > 0)
                return new(layout.File, false, [], mistakes);
            while (reader.Read())
                Add((int)reader.LineNumber, header, Fields(reader));
            return new(layout.File, true, rows, mistakes);
        }

        private static string[] Fields(CsvReader reader) => [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];

        private void CheckHeader(string[] header)
        {
            foreach (var column in header.Except(layout.Known))
                Report(1, column.Length > 0 ? column : "(no name)", $"is not a column of this file; its columns are {string.Join(", ", layout.Known)}");
            foreach (var column in layout.Columns.Except(header))
                Report(1, column, "is missing from the header");
            foreach (var column in header.GroupBy(c => c).Where(g => g.Count() > 1))
                Report(1, column.Key, "is in the header more than once");
        }

        private void Add(int line, string[] header, string[] fields)
        {
            if (fields.Length != header.Length)
                Report(line, null, $"has {fields.Length} fields, but the header has {header.Length}");
            else if (header.Zip(fields).FirstOrDefault(f => f.Second.Contains('\0')) is { First: { } column })
                Report(line, column, "has the character U+0000");
            else
                rows.Add(new(line, header.Zip(fields).ToDictionary(f => f.First, f => f.Second)));
        }

        private void Report(int line, string? column, string reason) => mistakes.Add(new(layout.File, line, column, reason));
    }
}
