namespace OpsDb.Chaos;

internal static class Rest
{
    /// <summary>Waits so long, or until told to stop.</summary>
    public static async Task ForAsync(TimeSpan time, CancellationToken stop) => await Task.Delay(time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
