using System.Runtime.CompilerServices;

namespace OpsDb.Visibility;

/// <summary>
/// What a slow function does over some days, as a sum of Chebyshev polynomials through its values at their nodes: a theory is computed a few times
/// a night instead of for every sample. What is computed thousands of times for one answer is compiled well at once, so that the first answer of a
/// process is not ten times slower than the others.
/// </summary>
internal sealed class Track
{
    private readonly double middle, half;
    private readonly Vector[] coefficients;

    private Track(double middle, double half, Vector[] coefficients) => (this.middle, this.half, this.coefficients) = (middle, half, coefficients);

    /// <summary>Where a function is needed for a track over a span, in days.</summary>
    public static double[] Nodes(double start, double end, int count) =>
        [.. Enumerable.Range(0, count).Select(i => ((start + end) / 2) + ((end - start) / 2 * Math.Cos(Math.PI * (i + 0.5) / count)))];

    /// <summary>The track through the values at the nodes.</summary>
    public static Track Through(Vector[] values, double start, double end)
    {
        var coefficients = new Vector[values.Length];
        for (var k = 0; k < values.Length; k++)
        {
            var sum = default(Vector);
            for (var i = 0; i < values.Length; i++)
                sum += Math.Cos(Math.PI * k * (i + 0.5) / values.Length) * values[i];
            coefficients[k] = (k == 0 ? 1d : 2d) / values.Length * sum;
        }
        return new((start + end) / 2, (end - start) / 2, coefficients);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Vector At(double days)
    {
        var x = (days - middle) / half;
        var (last, beforeLast) = (default(Vector), default(Vector));
        for (var k = coefficients.Length - 1; k > 0; k--)
            (last, beforeLast) = ((2 * x * last) - beforeLast + coefficients[k], last);
        return (x * last) - beforeLast + coefficients[0];
    }
}
