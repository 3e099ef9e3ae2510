using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>A disk that is full. The data then lie on small disks of their own, which needs the right to mount.</summary>
internal static class DiskFaults
{
    private static readonly Lazy<string?> Reason = new(() => SmallDisk.WhyNotAsync().GetAwaiter().GetResult());

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("full-redis-disk", "redis", 1, 6, "No byte is free on Redis's disk; Redis ends itself at its next write.",
            (i, _) => new(i.Redis.Disk!.FillAsync, ct => FreeAsync(i.Redis.Disk!, i.Redis.Process!, i.Redis.StartAsync, ct)))
        {
            Target = _ => $"{Installation.Site}/redis",
            WhyNot = () => Reason.Value,
        },
        new("full-primary-disk", "primary", 1, 6, "No byte is free on the primary's disk, neither for rows nor for its write-ahead log.",
            (i, _) => new(i.Primary.Disk!.FillAsync, ct => FreeAsync(i.Primary.Disk!, i.Primary.Process!, i.Primary.StartAsync, ct)))
        {
            Target = _ => "main/primary",
            WhyNot = () => Reason.Value,
        },
    ];

    /// <summary>Disks for these faults, in a run of this length.</summary>
    public static (int? PrimaryMegabytes, int? RedisMegabytes) Sizes(IReadOnlyList<PlannedFault> plan, TimeSpan length)
    {
        var size = 512 + (int)(length.TotalMinutes * 96);
        return (Has("full-primary-disk") ? size : null, Has("full-redis-disk") ? size : null);

        bool Has(string name) => plan.Any(f => f.Kind.Name == name);
    }

    private static async Task FreeAsync(SmallDisk disk, ServerProcess process, Func<CancellationToken, Task> start, CancellationToken ct)
    {
        disk.Free();
        if (!process.IsRunning)
            await start(ct);
    }
}
