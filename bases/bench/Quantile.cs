namespace OpsDb.Bench;

internal static class Quantile
{
    /// <summary>The value that a share of all is below: 0.5 for the median.</summary>
    public static T Of<T>(IReadOnlyCollection<T> values, double share) => values.Order().ElementAt((int)(values.Count * share));
}
