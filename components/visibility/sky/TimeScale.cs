namespace OpsDb.Visibility;

/// <summary>
/// Time as days from J2000.0 (2000-01-01 12:00). TT is UTC plus 32.184 s and the leap seconds that the IERS has announced (Bulletin C); the last of
/// them holds for what comes after. UT1 is taken as UTC: the two differ by less than 0.9 s, 14″ of hour angle, as long as leap seconds are made.
/// </summary>
internal static class TimeScale
{
    public const double DaysPerCentury = 36525;

    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>From when on, and what TAI − UTC is then, in seconds.</summary>
    private static readonly (double From, int Seconds)[] TaiMinusUtc =
    [
        (Date(1990, 1), 25), (Date(1991, 1), 26), (Date(1992, 7), 27), (Date(1993, 7), 28), (Date(1994, 7), 29), (Date(1996, 1), 30), (Date(1997, 7), 31),
        (Date(1999, 1), 32), (Date(2006, 1), 33), (Date(2009, 1), 34), (Date(2012, 7), 35), (Date(2015, 7), 36), (Date(2017, 1), 37),
    ];

    /// <summary>Days UTC of an instant.</summary>
    public static double Days(DateTimeOffset instant) => (instant - Epoch).Ticks / (double)TimeSpan.TicksPerDay;

    /// <summary>The instant, to a millisecond.</summary>
    public static DateTimeOffset Instant(double days) => Epoch.AddMilliseconds(Math.Round(days * 86_400_000));

    /// <summary>Julian centuries TT of days UTC.</summary>
    public static double Centuries(double days)
    {
        var seconds = TaiMinusUtc[0].Seconds;
        foreach (var (from, value) in TaiMinusUtc)
        {
            if (days >= from)
                seconds = value;
        }
        return (days + ((seconds + 32.184) / 86_400)) / DaysPerCentury;
    }

    private static double Date(int year, int month) => Days(new(year, month, 1, 0, 0, 0, TimeSpan.Zero));
}
