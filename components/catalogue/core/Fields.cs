using System.Globalization;
using OpsDb.Kernel;

namespace OpsDb.Catalogue;

/// <summary>The fields of one row of a file. What cannot be read is reported, and stands for nothing that a rule would report again.</summary>
internal sealed class Fields(string file, TextRow row, Loading loading)
{
    private const NumberStyles Decimal = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    public int Line => row.Line;

    /// <summary>Empty of an optional column that the file does not have.</summary>
    public string Text(string column) => row.Values.GetValueOrDefault(column, "");

    public string? OptionalText(string column) => Text(column) is { Length: > 0 } text ? text : null;

    public int Integer(string column) => Required(column, OptionalInteger(column)) ?? 0;

    public int? OptionalInteger(string column) =>
        Read<int>(column, "a whole number",
            text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null);

    public double Number(string column) => Required(column, OptionalNumber(column)) ?? 0;

    public double? OptionalNumber(string column) =>
        Read<double>(column, "a number",
            text => double.TryParse(text, Decimal, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null);

    public bool Flag(string column) =>
        Required(column, Read<bool>(column, "true or false", text => text switch { "true" => true, "false" => false, _ => null })) ?? false;

    // A value that is none of them, so that no rule about one of them speaks.
    public T Choice<T>(string column) where T : struct, Enum => Required(column, OptionalChoice<T>(column)) ?? (T)Enum.ToObject(typeof(T), -1);

    public T? OptionalChoice<T>(string column) where T : struct, Enum => Read(column, EnumText.Describe(typeof(T)), EnumText.Find<T>);

    /// <summary>The row of another table that this one names.</summary>
    public Entry Reference<T>(string column) where T : Row, IRow<T>
    {
        var noun = T.Table.Name.Replace('_', ' ');
        var known = loading.Known<T>();
        if (Text(column).Length == 0)
            Report(column, $"is empty, but names the {noun}");
        else if (known.Entries.TryGetValue(Text(column), out var entry))
            return entry;
        else if (known.Readable)
            Report(column, $"there is no {noun} '{Text(column)}' in {known.File} or in the database");
        return new(null);
    }

    public void Report(string column, string reason) => loading.Report(file, Line, column, reason);

    private T? Read<T>(string column, string form, Func<string, T?> parse) where T : struct
    {
        if (OptionalText(column) is not { } text)
            return null;
        if (parse(text) is { } value)
            return value;
        Report(column, $"is {form}, not '{text}'");
        return null;
    }

    private T? Required<T>(string column, T? value) where T : struct
    {
        if (value is null)
            Report(column, "is empty");
        return value;
    }
}
