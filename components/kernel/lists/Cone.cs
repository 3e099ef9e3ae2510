namespace OpsDb.Kernel;

/// <summary>
/// The places within an angle of another on the sky, by the haversine formula, which is exact for small angles, across 0 h and at the
/// poles. C# and PostgreSQL calculate the same operations in the same order on double precision, so that they differ, if at all, by the
/// last bits of sin and cos where their libraries of mathematics do: by some 1e-15 rad. The radius counts <see cref="SlackDeg"/> more than
/// is given. That is far above such a difference and far below what a catalogue knows, and whatever lies just at the radius is within for
/// both.
/// </summary>
public sealed record Cone
{
    public const double MaxRadiusDeg = 90;

    /// <summary>4 microarcseconds.</summary>
    public const double SlackDeg = 1e-9;

    internal const string Pattern = "^[^,]+,[^,]+,[^,]+$";
    internal const string Sentence =
        "is right ascension, declination and radius in degrees with commas between, like 83.8,-5.4,0.5: 0 to below 360, -90 to 90, and 0 to 90, once";

    private const double Radian = Math.PI / 180, HalfRadian = Math.PI / 360;

    // As C# writes them, PostgreSQL reads the same numbers.
    private const string RadianSql = "0.017453292519943295::double precision", HalfRadianSql = "0.008726646259971648::double precision";

    /// <summary>Added and subtracted again: what is left is a multiple of 2^-43 degrees, so that no product underflows, which PostgreSQL refuses.</summary>
    private const double Grid = 1024;

    private readonly double raDeg, decDeg, southDeg, northDeg, cosDec, limit;

    private Cone(double raDeg, double decDeg, double radiusDeg)
    {
        (this.raDeg, this.decDeg) = (OnGrid(raDeg), OnGrid(decDeg));
        // For an index: no place outside is within, and wider than the cone by more than any rounding.
        (southDeg, northDeg) = (decDeg - radiusDeg - 10 * SlackDeg, decDeg + radiusDeg + 10 * SlackDeg);
        cosDec = Math.Cos(this.decDeg * Radian);
        var half = Math.Sin((radiusDeg + SlackDeg) * HalfRadian);
        limit = half * half;
    }

    /// <param name="text">Right ascension, declination and radius in degrees.</param>
    /// <returns>Null when it is no cone.</returns>
    public static Cone? Parse(string text)
    {
        var number = ColumnType.Of(typeof(double));
        return text.Split(',') is [var first, var second, var third] && number.Parse(first) is double ra and >= 0 and < 360
            && number.Parse(second) is double dec and >= -90 and <= 90 && number.Parse(third) is double radius and >= 0 and <= MaxRadiusDeg
            ? new(ra, dec, radius)
            : null;
    }

    public bool Contains(double ra, double dec)
    {
        if (dec < southDeg || dec > northDeg)
            return false;
        var sinDec = Math.Sin((OnGrid(dec) - decDeg) * HalfRadian);
        var sinRa = Math.Sin((OnGrid(ra) - raDeg) * HalfRadian);
        return sinDec * sinDec + Math.Cos(OnGrid(dec) * Radian) * cosDec * (sinRa * sinRa) <= limit;
    }

    /// <summary>The same as a condition on two columns.</summary>
    internal string Sql(string ra, string dec, Func<object, string> parameter)
    {
        var sinDec = $"sin(({OnGridSql(dec)} - {parameter(decDeg)}) * {HalfRadianSql})";
        var sinRa = $"sin(({OnGridSql(ra)} - {parameter(raDeg)}) * {HalfRadianSql})";
        return $"({dec} between {parameter(southDeg)} and {parameter(northDeg)} and {sinDec} * {sinDec} "
            + $"+ cos({OnGridSql(dec)} * {RadianSql}) * {parameter(cosDec)} * ({sinRa} * {sinRa}) <= {parameter(limit)})";
    }

    private static double OnGrid(double deg) => deg + Grid - Grid;

    private static string OnGridSql(string column) => FormattableString.Invariant($"({column} + {Grid}::double precision - {Grid}::double precision)");
}
