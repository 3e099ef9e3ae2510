namespace OpsDb.SystemTests.Servers;

/// <summary>Waits for a condition instead of for a time.</summary>
internal static class Eventually
{
    public static async Task IsTrueAsync(Func<Task<bool>> condition, string what, int seconds = 20)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(seconds))
                Assert.Fail($"Within {seconds} s not true: {what}.");
            await Task.Delay(20);
        }
    }
}
