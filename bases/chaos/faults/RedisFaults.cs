namespace OpsDb.Chaos;

/// <summary>What happens to the site's Redis.</summary>
internal static class RedisFaults
{
    private const string Redis = $"{Installation.Site}/redis";

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("kill-redis", "redis", 0.3, 5, "Redis is killed and started again.",
            (i, _) => new(_ => i.Redis.KillAsync(), i.Redis.StartAsync)) { Target = _ => Redis },
        new("pause-redis", "redis", 0.5, 7, "Redis is frozen (SIGSTOP), and goes on where it was.",
            (i, _) => Fault.At(i.Redis.Pause, i.Redis.Resume)) { Target = _ => Redis },
        new("torn-redis", "redis", 0.3, 3, "Redis is killed in the middle of a write: half of a command that was not acknowledged is at the end of its file.",
            (i, n) => new(_ => TearAsync(i, n), i.Redis.StartAsync)) { Target = _ => Redis },
        new("lose-redis-tail", "redis", 0.3, 3, "Redis is killed and its file ends in the middle of the newest entry of the log.",
            (i, _) => new(_ => LoseTailAsync(i), i.Redis.StartAsync)) { Target = _ => Redis, MayLose = "log" },
        new("empty-redis", "redis", 0.3, 3, "Redis is killed and comes back with nothing.",
            (i, _) => new(_ => EmptyAsync(i), i.Redis.StartAsync)) { Target = _ => Redis, MayLose = "log" },
        new("older-redis-file", "redis", 1, 8, "Redis's files are copied; some seconds later it is killed and comes back with the copy.",
            (i, _) => OlderFile(i)) { Target = _ => Redis, MayLose = "log" },
    ];

    private static async Task TearAsync(Installation installation, int number)
    {
        await installation.Redis.KillAsync();
        installation.Redis.Files.LeaveHalfWritten(number / 1000.0);
    }

    private static async Task LoseTailAsync(Installation installation)
    {
        await installation.Redis.KillAsync();
        installation.Redis.Files.LoseNewestEntry();
    }

    private static async Task EmptyAsync(Installation installation)
    {
        await installation.Redis.KillAsync();
        installation.Redis.Files.Remove();
    }

    private static Fault OlderFile(Installation installation)
    {
        // Beside the files, so that it lies on the same disk.
        var copy = Path.Combine(installation.Redis.Data, $"older-{Guid.NewGuid():n}");
        return new(_ => CopyAsync(), PutBackAsync);

        Task CopyAsync()
        {
            // Frozen, so that all files are of one moment.
            installation.Redis.Pause();
            try
            {
                installation.Redis.Files.CopyTo(copy);
            }
            finally
            {
                installation.Redis.Resume();
            }
            return Task.CompletedTask;
        }

        async Task PutBackAsync(CancellationToken ct)
        {
            await installation.Redis.KillAsync();
            installation.Redis.Files.PutBack(copy);
            await installation.Redis.StartAsync(ct);
        }
    }
}
