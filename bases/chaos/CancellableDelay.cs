namespace OpsDb.Chaos;

internal static class CancellableDelay
{
    /// <summary>Waits so long, or until told to stop.</summary>
    public static async Task ForAsync(TimeSpan time, CancellationToken stop) =>
        await Task.Delay(time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
