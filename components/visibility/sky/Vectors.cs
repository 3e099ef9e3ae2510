using System.Runtime.CompilerServices;

namespace OpsDb.Visibility;

/// <summary>A vector of three coordinates.</summary>
internal readonly record struct Vector(double X, double Y, double Z)
{
    public double Length => Math.Sqrt(Dot(this));

    public Vector Unit => this / Length;

    public static Vector operator +(Vector a, Vector b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    public static Vector operator -(Vector a, Vector b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    public static Vector operator *(double factor, Vector a) => new(factor * a.X, factor * a.Y, factor * a.Z);

    public static Vector operator /(Vector a, double divisor) => new(a.X / divisor, a.Y / divisor, a.Z / divisor);

    public double Dot(Vector other) => (X * other.X) + (Y * other.Y) + (Z * other.Z);

    public Vector Cross(Vector o) => new((Y * o.Z) - (Z * o.Y), (Z * o.X) - (X * o.Z), (X * o.Y) - (Y * o.X));

    /// <summary>The angle to another, in radians; exact for small ones too.</summary>
    public double AngleTo(Vector other) => Math.Atan2(Cross(other).Length, Dot(other));

    /// <param name="longitude">Radians, as the latitude is.</param>
    public static Vector Spherical(double longitude, double latitude, double radius = 1)
    {
        var (sinLongitude, cosLongitude) = Math.SinCos(longitude);
        var (sinLatitude, cosLatitude) = Math.SinCos(latitude);
        return new(radius * cosLatitude * cosLongitude, radius * cosLatitude * sinLongitude, radius * sinLatitude);
    }
}

/// <summary>A rotation of axes, as a matrix of three rows.</summary>
internal readonly record struct Rotation(Vector First, Vector Second, Vector Third)
{
    public Rotation Inverse => new(new(First.X, Second.X, Third.X), new(First.Y, Second.Y, Third.Y), new(First.Z, Second.Z, Third.Z));

    public static Vector operator *(Rotation r, Vector v) => new(r.First.Dot(v), r.Second.Dot(v), r.Third.Dot(v));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Rotation operator *(Rotation a, Rotation b)
    {
        var columns = b.Inverse;
        return new(columns * a.First, columns * a.Second, columns * a.Third);
    }

    /// <summary>The axes are turned about the first one by an angle in radians.</summary>
    public static Rotation AboutX(double angle)
    {
        var (sin, cos) = Math.SinCos(angle);
        return new(new(1, 0, 0), new(0, cos, sin), new(0, -sin, cos));
    }

    /// <summary>The axes are turned about the third one by an angle in radians.</summary>
    public static Rotation AboutZ(double angle)
    {
        var (sin, cos) = Math.SinCos(angle);
        return new(new(cos, sin, 0), new(-sin, cos, 0), new(0, 0, 1));
    }
}

internal static class Angles
{
    public const double Degree = Math.PI / 180, ArcSecond = Degree / 3600, Turn = 2 * Math.PI;

    /// <summary>An angle in radians, from 0 to below a turn.</summary>
    public static double Positive(double angle)
    {
        var rest = angle % Turn;
        if (rest < 0)
            rest += Turn;
        // What is negative by less than the last digit becomes a whole turn.
        return rest < Turn ? rest : 0;
    }

    /// <summary>An angle in radians, from minus half a turn to below half a turn.</summary>
    public static double Signed(double angle)
    {
        var positive = Positive(angle);
        return positive < Math.PI ? positive : positive - Turn;
    }

    /// <summary>A polynomial, its coefficients from the constant one on.</summary>
    public static double Polynomial(double x, params ReadOnlySpan<double> coefficients)
    {
        var sum = 0d;
        for (var i = coefficients.Length - 1; i >= 0; i--)
            sum = (sum * x) + coefficients[i];
        return sum;
    }
}
