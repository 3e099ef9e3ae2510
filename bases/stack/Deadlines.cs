namespace OpsDb.Stack;

/// <summary>Waits for what takes a while, with a deadline.</summary>
internal static class Deadlines
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60), Poll = TimeSpan.FromMilliseconds(50);

    /// <exception cref="TourException">It did not come true in time.</exception>
    public static async Task WaitAsync(Func<Task<bool>> condition, string what, CancellationToken ct, TimeSpan? deadline = null)
    {
        var (started, most) = (TimeProvider.System.GetTimestamp(), deadline ?? Deadline);
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > most)
                throw new TourException($"within {most.TotalSeconds} s it was not true that {what}");
            await Task.Delay(Poll, ct);
        }
    }
}
