using System.Globalization;

namespace OpsDb.Sources;

/// <summary>Angles in sixtieths, as astronomers write them.</summary>
public static class Sexagesimal
{
    /// <summary>Of a right ascension in degrees, to a millisecond: 05:35:14.496.</summary>
    public static string Hours(double deg) => Written((long)Math.Round(deg / 15 * 3_600_000) % 86_400_000, 1000, 3);

    /// <summary>Of a declination in degrees, to a hundredth of an arcsecond: -05:22:31.08.</summary>
    public static string Degrees(double deg)
    {
        var hundredths = (long)Math.Round(Math.Abs(deg) * 360_000);
        return $"{(deg < 0 && hundredths > 0 ? '-' : '+')}{Written(hundredths, 100, 2)}";
    }

    /// <summary>Reads a number with up to two sixtieths behind colons, a fraction only in the last part.</summary>
    /// <returns>In units of the first part; null when it is none.</returns>
    public static double? Parse(string text)
    {
        var sign = text.StartsWith('-') ? -1 : 1;
        var parts = text.TrimStart('+', '-').Split(':');
        if (parts.Length > 3 || text.Length - text.TrimStart('+', '-').Length > 1)
            return null;
        var value = 0.0;
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            var isLast = i == parts.Length - 1;
            if (!double.TryParse(parts[i], isLast ? NumberStyles.AllowDecimalPoint : NumberStyles.None, CultureInfo.InvariantCulture, out var part)
                || !double.IsFinite(part) || i > 0 && part >= 60)
                return null;
            value = part + value / 60;
        }
        return sign * value;
    }

    private static string Written(long parts, int ofSecond, int digits)
    {
        var seconds = parts / ofSecond;
        var fraction = (parts % ofSecond).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
        return string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}.{fraction}");
    }
}
