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
    public const double MaxRadiusDeg = 180;

    /// <summary>4 microarcseconds.</summary>
    public const double SlackDeg = 1e-9;

    internal const string Pattern = "^[^,]+,[^,]+,[^,]+$";
    internal const string Sentence =
        "is right ascension, declination and radius in degrees with commas between, like 83.8,-5.4,0.5: 0 to below 360, -90 to 90, and 0 to 180, once";

    private const double Radian = Math.PI / 180, HalfRadian = Math.PI / 360;

    // As C# writes them, PostgreSQL reads the same numbers.
    private const string RadianSql = "0.017453292519943295::double precision", HalfRadianSql = "0.008726646259971648::double precision";

    /// <summary>Added and subtracted again: what is left is a multiple of 2^-43 degrees, so that no product underflows, which PostgreSQL refuses.</summary>
    private const double Grid = 1024;

    /// <summary>A box that is wider can leave out so little that it is not worth to look into an index.</summary>
    private const double MaxBoxDeg = 20;

    /// <summary>Degrees; wider than any rounding of an arc sine close to a pole.</summary>
    private const double Margin = 1e-6;

    private readonly double raDeg, decDeg, southDeg, northDeg, cosDec, limit;
    private readonly IReadOnlyList<(double WestDeg, double EastDeg)> boxes;

    private Cone(double raDeg, double decDeg, double radiusDeg)
    {
        (this.raDeg, this.decDeg) = (OnGrid(raDeg), OnGrid(decDeg));
        // For an index: no place outside is within, and wider than the cone by more than any rounding.
        (southDeg, northDeg) = (decDeg - radiusDeg - 10 * SlackDeg, decDeg + radiusDeg + 10 * SlackDeg);
        cosDec = Math.Cos(this.decDeg * Radian);
        var half = Math.Sin((radiusDeg + SlackDeg) * HalfRadian);
        // Just opposite, rounding can come out above 1.
        limit = radiusDeg + SlackDeg < MaxRadiusDeg ? half * half : 2;
        boxes = radiusDeg > MaxBoxDeg ? [] : BoxesOf(raDeg, decDeg, radiusDeg + 10 * SlackDeg);
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

    public bool Contains(double ra, double dec) => dec >= southDeg && dec <= northDeg && IsInBox(ra) && Haversine(ra, dec) <= limit;

    /// <summary>From its middle, degrees, on a grid: what differs in the last bit is the same.</summary>
    public double DistanceDeg(double ra, double dec) => OnGrid(Math.Asin(Math.Sqrt(Math.Min(1, Haversine(ra, dec)))) / HalfRadian);

    /// <summary>The same as a condition on two columns. The box is for an index on <c>point(ra, dec)</c>.</summary>
    internal string Sql(string ra, string dec, Func<object, string> parameter)
    {
        var (south, north) = (parameter(southDeg), parameter(northDeg));
        var box = string.Join(" or ", boxes.Select(b =>
            $"point({ra}, {dec}) <@ box(point({parameter(b.WestDeg)}, {south}), point({parameter(b.EastDeg)}, {north}))"));
        return $"({(box.Length == 0 ? "" : $"({box}) and ")}{dec} between {south} and {north} and {HaversineSql(ra, dec, parameter)} <= {parameter(limit)})";
    }

    /// <summary><see cref="DistanceDeg"/> of two columns.</summary>
    internal string DistanceSql(string ra, string dec) =>
        OnGridSql($"asin(sqrt(least(1::double precision, {HaversineSql(ra, dec, Number)}))) / {HalfRadianSql}");

    private bool IsInBox(double ra)
    {
        if (boxes.Count == 0)
            return true;
        foreach (var (west, east) in boxes)
        {
            if (ra >= west && ra <= east)
                return true;
        }
        return false;
    }

    private double Haversine(double ra, double dec)
    {
        var sinDec = Math.Sin((OnGrid(dec) - decDeg) * HalfRadian);
        var sinRa = Math.Sin((OnGrid(ra) - raDeg) * HalfRadian);
        return sinDec * sinDec + Math.Cos(OnGrid(dec) * Radian) * cosDec * (sinRa * sinRa);
    }

    private string HaversineSql(string ra, string dec, Func<object, string> parameter)
    {
        var sinDec = $"sin(({OnGridSql(dec)} - {parameter(decDeg)}) * {HalfRadianSql})";
        var sinRa = $"sin(({OnGridSql(ra)} - {parameter(raDeg)}) * {HalfRadianSql})";
        return $"{sinDec} * {sinDec} + cos({OnGridSql(dec)} * {RadianSql}) * {parameter(cosDec)} * ({sinRa} * {sinRa})";
    }

    /// <summary>Right ascensions between which all lies that is within: two ranges across 0 h, and all around where a pole is within.</summary>
    private static IReadOnlyList<(double, double)> BoxesOf(double raDeg, double decDeg, double radiusDeg)
    {
        if (Math.Abs(decDeg) + radiusDeg > 90 - Margin)
            return [(0, 360)];
        var half = Math.Asin(Math.Min(1, Math.Sin(radiusDeg * Radian) / Math.Cos(decDeg * Radian))) / Radian + Margin;
        var (west, east) = (raDeg - half, raDeg + half);
        return west < 0 ? [(0, east), (west + 360, 360)] : east > 360 ? [(west, 360), (0, east - 360)] : [(west, east)];
    }

    private static double OnGrid(double deg) => deg + Grid - Grid;

    private static string OnGridSql(string value) => FormattableString.Invariant($"({value} + {Grid}::double precision - {Grid}::double precision)");

    /// <summary>As a constant: an order takes no parameters along.</summary>
    private static string Number(object value) => FormattableString.Invariant($"'{(double)value:R}'::double precision");
}
