using System.Runtime.CompilerServices;

namespace OpsDb.Visibility;

/// <summary>
/// Heliocentric places of the planets: VSOP87, version B (Bretagnon &amp; Francou, A&amp;A 202, 309, 1988), truncated for 1990 to 2101 to what moves the
/// Sun by 0.3″ and a planet by 6″ as seen from the Earth.
/// </summary>
internal static class Planets
{
    private static readonly Dictionary<(Body, char), Series> Theory = Read();

    /// <summary>Where a planet is as seen from the Sun, along the axes of the ICRS, in astronomical units.</summary>
    /// <param name="t">Julian centuries TT, which is TDB within 2 ms.</param>
    public static Vector Position(Body planet, double t) => Move(planet, t).Position;

    /// <summary>Where a planet is, and how it moves, in astronomical units a day.</summary>
    public static (Vector Position, Vector Velocity) Move(Body planet, double t)
    {
        var (longitude, toLongitude) = Theory[(planet, 'L')].At(t / 10);
        var (latitude, toLatitude) = Theory[(planet, 'B')].At(t / 10);
        var (radius, toRadius) = Theory[(planet, 'R')].At(t / 10);
        var direction = Vector.Spherical(longitude, latitude);
        var east = new Vector(-direction.Y, direction.X, 0);
        var north = Vector.Spherical(longitude, latitude + (Math.PI / 2));
        var velocity = (toRadius * direction) + (radius * toLongitude * east) + (radius * toLatitude * north);
        return (ToIcrs(radius * direction), ToIcrs(velocity / (TimeScale.DaysPerCentury * 10)));
    }

    /// <summary>From the theory's ecliptic to the equator of the FK5, which is the ICRS within 0.03″; as its authors give it.</summary>
    private static Vector ToIcrs(Vector v) => new(
        v.X + (0.000000440360 * v.Y) - (0.000000190919 * v.Z),
        (-0.000000479966 * v.X) + (0.917482137087 * v.Y) - (0.397776982902 * v.Z),
        (0.397776982902 * v.Y) + (0.917482137087 * v.Z));

    private static Dictionary<(Body, char), Series> Read()
    {
        var theory = new Dictionary<(Body, char), Series>();
        foreach (var (heading, rows) in TheoryFile.Read("vsop87b.txt"))
        {
            var words = heading.Split(' ');
            var key = (Enum.Parse<Body>(words[0], ignoreCase: true), words[1][0]);
            if (!theory.TryGetValue(key, out var series))
                theory.Add(key, series = new Series([]));
            var power = int.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture);
            while (series.Powers.Count <= power)
                series.Powers.Add([]);
            series.Powers[power] = rows;
        }
        return theory;
    }

    /// <summary>A sum of A cos(B + C t) for each power of t.</summary>
    private sealed record Series(List<double[][]> Powers)
    {
        /// <summary>Its value and how fast it changes.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public (double Value, double Rate) At(double t)
        {
            double value = 0, rate = 0;
            for (var power = Powers.Count - 1; power >= 0; power--)
            {
                double sum = 0, change = 0;
                foreach (var term in Powers[power])
                {
                    var (sin, cos) = Math.SinCos(term[1] + (term[2] * t));
                    sum += term[0] * cos;
                    change -= term[0] * term[2] * sin;
                }
                rate = (rate * t) + value + change;
                value = (value * t) + sum;
            }
            return (value, rate);
        }
    }
}
