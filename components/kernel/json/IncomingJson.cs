using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace OpsDb.Kernel;

/// <summary>
/// JSON that comes from outside. First its text is checked, so that what is stored can be what was sent: UTF-8, no member
/// twice, no half surrogate pair, no U+0000, no number that would be rounded to infinity or to 0, no null in a list. Then
/// its form, by <see cref="JsonForm"/>. A mistake has a sentence of its own and names the member.
/// </summary>
public static class IncomingJson
{
    internal const int MaxDepth = 32;

    /// <exception cref="RefusalException">malformed-body.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> utf8)
    {
        var text = Text(utf8);
        using var document = Parse(text);
        if (TextFault(document.RootElement, 1) is var (path, reason))
            throw Wrong(path, reason);
        var errors = new FieldErrors();
        var form = new JsonForm(errors);
        if (document.RootElement.ValueKind == JsonValueKind.Null)
            errors.Add("", "The body must not be null.");
        else
            form.Check(document.RootElement, typeof(T), "");
        errors.ThrowIfAny(Problems.MalformedBody, form.Hint);
        try
        {
            return JsonSerializer.Deserialize<T>(text.Span, Json.Incoming)!;
        }
        catch (JsonException e)
        {
            throw Wrong(e.Path is { } where && where.StartsWith("$.", StringComparison.Ordinal) ? where[2..] : "", "has a value of the wrong type");
        }
    }

    /// <summary>Reads a part of a body, whose text has been checked with it, as what it is to become.</summary>
    /// <exception cref="ProblemException">The given problem, naming each member that has another form.</exception>
    internal static T Read<T>(JsonElement value, Problem problem)
    {
        var errors = new FieldErrors();
        var form = new JsonForm(errors);
        form.Check(value, typeof(T), "");
        errors.ThrowIfAny(problem, form.Hint);
        return value.Deserialize<T>(Json.Incoming)!;
    }

    /// <summary>The body without what may be in front of it.</summary>
    /// <exception cref="RefusalException">malformed-body: it is not UTF-8.</exception>
    internal static ReadOnlyMemory<byte> Text(ReadOnlyMemory<byte> utf8)
    {
        // Some programs begin UTF-8 with a byte order mark; RFC 8259 lets a reader pass over it.
        var text = utf8.Span.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        return Utf8.IsValid(text.Span) ? text : throw Wrong("", $"is not UTF-8: byte {FirstInvalid(text.Span) + 1} begins no character");
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> text)
    {
        try
        {
            // What is nested too deeply is found below, where it can be told.
            return JsonDocument.Parse(text, new() { MaxDepth = int.MaxValue });
        }
        catch (JsonException e)
        {
            throw Wrong("", $"is not valid JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})");
        }
    }

    private static int FirstInvalid(ReadOnlySpan<byte> text)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out var length) == OperationStatus.Done)
            at += length;
        return at;
    }

    internal static RefusalException Wrong(string path, string reason)
    {
        var errors = new FieldErrors();
        errors.Add(path, path.Length == 0 ? $"The body {reason}." : reason);
        return errors.Refusal(Problems.MalformedBody);
    }

    /// <summary>The first thing that is wrong, whatever the form should be.</summary>
    private static (string Path, string Reason)? TextFault(JsonElement element, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object or JsonValueKind.Array when depth > MaxDepth:
                return ("", $"is nested more than {MaxDepth} levels deep");
            case JsonValueKind.Object:
                return MembersFault(element, depth);
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    if (item.ValueKind == JsonValueKind.Null)
                        return (string.Create(CultureInfo.InvariantCulture, $"[{index}]"), "must not be null");
                    if (TextFault(item, depth + 1) is var (path, reason))
                        return (JsonPath.Join(string.Create(CultureInfo.InvariantCulture, $"[{index}]"), path), reason);
                    index++;
                }
                return null;
            case JsonValueKind.String:
                return StringFault(element) is { } text ? ("", text) : null;
            case JsonValueKind.Number:
                return NumberFault(element) is { } number ? ("", number) : null;
            default:
                return null;
        }
    }

    private static (string Path, string Reason)? MembersFault(JsonElement element, int depth)
    {
        var names = new HashSet<string>();
        foreach (var member in element.EnumerateObject())
        {
            string name;
            try
            {
                name = member.Name;
            }
            catch (InvalidOperationException)
            {
                return ("", HalfPair("has a member whose name"));
            }
            if (name.Contains('\0'))
                return ("", "has a member whose name has the character U+0000, which cannot be stored");
            if (!names.Add(name))
                return (name, "is there twice");
            if (TextFault(member.Value, depth + 1) is var (path, reason))
                return (JsonPath.Join(name, path), reason);
        }
        return null;
    }

    private static string? StringFault(JsonElement element)
    {
        // Without an escape it is what it is, and that has been found to be UTF-8.
        if (!JsonMarshal.GetRawUtf8Value(element).Contains((byte)'\\'))
            return null;
        try
        {
            return element.GetString()!.Contains('\0') ? "has the character U+0000, which cannot be stored" : null;
        }
        catch (InvalidOperationException)
        {
            return HalfPair("");
        }
    }

    private static string HalfPair(string subject) =>
        $"{subject} has half of a surrogate pair (one of \\ud800 to \\udfff alone), which is no character".TrimStart();

    private static string? NumberFault(JsonElement element)
    {
        var value = element.GetDouble();
        if (!double.IsFinite(value))
            return $"is {Excerpt.Of(element.GetRawText())}, which is beyond the range of numbers, ±1.8e308";
        var text = JsonMarshal.GetRawUtf8Value(element);
        var mark = text.IndexOfAny((byte)'e', (byte)'E');
        return value == 0 && (mark < 0 ? text : text[..mark]).ContainsAnyInRange((byte)'1', (byte)'9')
            ? $"is {Excerpt.Of(element.GetRawText())}, which is nearer to 0 than numbers can be"
            : null;
    }
}

/// <summary>Where a mistake is, like <c>steps[0].row.comment</c>.</summary>
internal static class JsonPath
{
    public static string Join(string parent, string child) =>
        parent.Length == 0 ? child : child.Length == 0 || child[0] == '[' ? parent + child : $"{parent}.{child}";
}
