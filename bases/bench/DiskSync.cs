using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OpsDb.Bench;

/// <summary>What the disk needs to keep 4 KiB more of a file: the floor of every durable write.</summary>
internal static class DiskSync
{
    private const int Bytes = 4096;

    public static SyncTimes Measure(string folder, int count)
    {
        var path = Path.Combine(folder, "sync-floor");
        try
        {
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
            var block = new byte[Bytes];
            Random.Shared.NextBytes(block);
            var milliseconds = new List<double>(count);
            for (var i = 0; i < count; i++)
            {
                var started = TimeProvider.System.GetTimestamp();
                RandomAccess.Write(file, block, (long)i * Bytes);
                if (fdatasync(file) != 0)
                    throw new BenchException($"{folder} cannot be synced to disk (error {Marshal.GetLastPInvokeError()}).");
                milliseconds.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
            }
            return new(Quantile.Of(milliseconds, 0.5), Quantile.Of(milliseconds, 0.99));
        }
        finally
        {
            File.Delete(path);
        }
    }

    // .NET offers fsync alone; Redis and PostgreSQL use this.
    [DllImport("libc", SetLastError = true)]
    private static extern int fdatasync(SafeFileHandle file);
}

/// <summary>Milliseconds for a write of 4 KiB and its fdatasync.</summary>
internal sealed record SyncTimes(double MedianMs, double P99Ms);
