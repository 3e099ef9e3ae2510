using System.Globalization;

namespace OpsDb.Kernel;

/// <summary>Instants as OpsDb keeps them: UTC, whole microseconds, RFC 3339 text.</summary>
public static class Instant
{
    /// <summary>Characters of 2026-01-31T23:59:59.123456Z.</summary>
    public const int MaxText = 27;

    /// <summary>What a refusal says of the form.</summary>
    public const string Form = "is an instant, written as 2026-01-31T23:59:59.123456Z, with Z or an offset";

    private const long TicksPerMicrosecond = TimeSpan.TicksPerMillisecond / 1000;
    private const string Pattern = "0000-00-00T00:00:00";

    /// <summary>Rounds down to whole microseconds and converts to UTC.</summary>
    public static DateTimeOffset Round(DateTimeOffset value) => new(value.UtcTicks - value.UtcTicks % TicksPerMicrosecond, TimeSpan.Zero);

    /// <summary>Reads RFC 3339 text; an offset or Z is mandatory, because a local time without one is a guess.</summary>
    public static bool TryParse(string? text, out DateTimeOffset value)
    {
        value = default;
        return text is not null && Read(text, out value) is null;
    }

    /// <summary>What is wrong with a text, as it follows a field's name; null when it is an instant.</summary>
    public static string? Fault(string text) => Read(text, out _) is { } fault ? $"{fault}, not '{Excerpt.Of(text)}'" : null;

    public static string Format(DateTimeOffset value)
    {
        Span<char> text = stackalloc char[MaxText];
        return new(text[..Format(value, text)]);
    }

    /// <summary>Writes the text where there is room for <see cref="MaxText"/>.</summary>
    /// <returns>How long it is.</returns>
    public static int Format(DateTimeOffset value, Span<char> text)
    {
        var utc = value.UtcDateTime;
        utc.TryFormat(text, out var length, "s", CultureInfo.InvariantCulture);
        if (utc.Ticks % TimeSpan.TicksPerSecond / TicksPerMicrosecond is > 0 and var microseconds)
        {
            text[length++] = '.';
            microseconds.TryFormat(text[length..], out var digits, "D6", CultureInfo.InvariantCulture);
            length += digits;
        }
        text[length] = 'Z';
        return length + 1;
    }

    private static string? Read(string text, out DateTimeOffset value)
    {
        value = default;
        if (!HasPattern(text, Pattern))
            return Form;
        var (year, month, day) = (Number(text, 0, 4), Number(text, 5, 2), Number(text, 8, 2));
        var (hour, minute, second) = (Number(text, 11, 2), Number(text, 14, 2), Number(text, 17, 2));
        var end = Pattern.Length;
        long ticks = 0;
        if (end < text.Length && text[end] == '.')
        {
            var first = ++end;
            for (var unit = TimeSpan.TicksPerSecond / 10; end < text.Length && char.IsAsciiDigit(text[end]); end++, unit /= 10)
                ticks += (text[end] - '0') * unit;
            if (end == first)
                return Form;
        }
        if (OffsetMinutes(text.AsSpan(end)) is not { } offset)
            return Form;
        if (second == 60)
            return "is an instant whose second is 0 to 59: a leap second is written as the second before it";
        if (year == 0 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return "is an instant on a day that there is";
        if (hour > 23 || minute > 59 || second > 59)
            return "is an instant at a time that there is, 00:00:00 to 23:59:59";
        var utc = new DateTime(year, month, day, hour, minute, second).Ticks + ticks - offset * TimeSpan.TicksPerMinute;
        if (utc < DateTime.MinValue.Ticks || utc > DateTime.MaxValue.Ticks)
            return "is an instant in the years 1 to 9999, in UTC";
        value = new(utc - utc % TicksPerMicrosecond, TimeSpan.Zero);
        return null;
    }

    private static bool HasPattern(string text, string pattern)
    {
        if (text.Length < pattern.Length)
            return false;
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '0' ? !char.IsAsciiDigit(text[i]) : (pattern[i] == 'T' ? char.ToUpperInvariant(text[i]) : text[i]) != pattern[i])
                return false;
        }
        return true;
    }

    private static int Number(string text, int from, int length)
    {
        var number = 0;
        for (var i = from; i < from + length; i++)
            number = 10 * number + text[i] - '0';
        return number;
    }

    private static int? OffsetMinutes(ReadOnlySpan<char> text)
    {
        if (text is "Z" or "z")
            return 0;
        if (text.Length != 6 || text[0] is not ('+' or '-') || text[3] != ':')
            return null;
        if (!char.IsAsciiDigit(text[1]) || !char.IsAsciiDigit(text[2]) || !char.IsAsciiDigit(text[4]) || !char.IsAsciiDigit(text[5]))
            return null;
        var (hours, minutes) = (10 * (text[1] - '0') + text[2] - '0', 10 * (text[4] - '0') + text[5] - '0');
        return hours > 23 || minutes > 59 ? null : (text[0] == '-' ? -1 : 1) * (60 * hours + minutes);
    }
}
