using System.Globalization;
using OpsDb.Kernel;

namespace OpsDb.Visibility.Endpoints;

/// <summary>Reads parameters, and remembers what is wrong with them, so that a refusal names all that are.</summary>
internal sealed class VisibilityQuery
{
    private readonly FieldErrors errors = new();

    public int Id(string name, string? given) =>
        int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? id : Wrong<int>(name, "is the id of a row, a whole number");

    public DateOnly Night(string name, string? given) =>
        DateOnly.TryParseExact(given, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            && date >= NightSky.First && date <= NightSky.Last
            ? date : Wrong<DateOnly>(name, $"is a date, written as 2026-11-27, from {NightSky.First:yyyy-MM-dd} to {NightSky.Last:yyyy-MM-dd}");

    public TimeSpan Step(string name, string? given, int absent, int least, bool partsOfDay = false)
    {
        const int Most = 60, Day = 24 * 60;
        if (given is null)
            return TimeSpan.FromMinutes(absent);
        return int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) && minutes >= least && minutes <= Most
            && (!partsOfDay || Day % minutes == 0)
            ? TimeSpan.FromMinutes(minutes)
            : Wrong<TimeSpan>(name, $"is {least} to {Most} whole minutes{(partsOfDay ? ", of which a day has a whole number" : "")}");
    }

    public double Degrees(string name, string? given, double absent, double least)
    {
        const NumberStyles Decimal = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (given is null)
            return absent;
        return double.TryParse(given, Decimal, CultureInfo.InvariantCulture, out var degrees) && degrees >= least && degrees <= 90
            ? degrees : Wrong<double>(name, $"is {least} to 90 degrees");
    }

    /// <summary>The nights from one to another are not too many.</summary>
    public void Nights(string name, DateOnly from, DateOnly to)
    {
        if (from != default && to != default && (to < from || to.DayNumber - from.DayNumber >= HeatMap.MaxNights))
            errors.Add(name, $"is from the first night to {HeatMap.MaxNights - 1} nights after it");
    }

    /// <exception cref="RefusalException">malformed-parameter.</exception>
    public void ThrowIfWrong() => errors.ThrowIfAny(Problems.MalformedParameter);

    private T Wrong<T>(string name, string message) where T : struct
    {
        errors.Add(name, message);
        return default;
    }
}
