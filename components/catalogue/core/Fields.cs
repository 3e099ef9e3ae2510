using System.Text;
using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Catalogue;

/// <summary>The fields of one row of a file. What cannot be read is reported, and stands for nothing that a rule would report again.</summary>
internal sealed class Fields(string file, TextRow row, Loading loading)
{
    public int Line => row.Line;

    /// <summary>Whether the file has the column.</summary>
    public bool Says(string column) => row.Values.ContainsKey(column);

    /// <summary>Empty of a column that the file does not have.</summary>
    public string Text(string column) => row.Values.GetValueOrDefault(column, "");

    /// <returns>Null when the field is empty.</returns>
    public object? Value(FileColumn column)
    {
        var text = Text(column.Name);
        if (column.Type.Type == typeof(string))
            return text.Length == 0 && column.CanBeEmpty ? null : text;
        if (text.Length == 0)
        {
            if (column.CanBeEmpty)
                return null;
            Report(column.Name, "is empty");
        }
        else if (column.Type.Type == typeof(JsonElement))
        {
            if (ReadJson(column, text) is { } json)
                return json;
        }
        else if (column.Type.Parse(text) is { } value)
        {
            return value;
        }
        else
        {
            Report(column.Name, $"is {column.Type.Sentence}, not '{text}'");
        }
        return column.CanBeEmpty ? null : Nothing(column.Type.Type);
    }

    /// <summary>The row of another table that this one names.</summary>
    /// <returns>Null when it names none.</returns>
    public Entry? Reference(FileLink link, bool canBeEmpty)
    {
        var known = loading.Known(link.Other);
        var last = link.Columns[^1];
        if (Text(last).Length == 0)
        {
            if (!canBeEmpty)
                Report(last, $"is empty, but names the {link.Other.Noun}");
            return null;
        }
        if (known.Entries.TryGetValue(link.NameOf(Text), out var entry))
            return entry;
        if (known.Readable)
            Report(last, $"there is no {link.Other.Noun} '{string.Join("', '", link.Columns.Select(Text))}' in {known.File} or in the database");
        return null;
    }

    public void Report(string column, string reason) => loading.Report(file, Line, column, reason);

    private JsonElement? ReadJson(FileColumn column, string text)
    {
        if (column.Type.Parse(text) is not JsonElement { ValueKind: not JsonValueKind.Null })
        {
            Report(column.Name, "is not valid JSON");
            return null;
        }
        try
        {
            return IncomingJson.Read<JsonElement>(Encoding.UTF8.GetBytes(text));
        }
        catch (RefusalException refused)
        {
            Report(column.Name, refused.Errors?.Values.SelectMany(e => e).FirstOrDefault() ?? refused.Message);
            return null;
        }
    }

    // Of a choice, a value that is none of them, so that no rule about one of them speaks.
    private static object Nothing(Type type) =>
        type.IsEnum ? Enum.ToObject(type, -1) : type == typeof(JsonElement) ? JsonElement.Parse("{}") : Activator.CreateInstance(type)!;
}
