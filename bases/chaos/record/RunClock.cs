using System.Diagnostics;

namespace OpsDb.Chaos;

/// <summary>The one monotonic clock of a run, in microseconds since it was made.</summary>
internal sealed class RunClock
{
    private readonly long start = Stopwatch.GetTimestamp();

    public long Now => Stopwatch.GetElapsedTime(start).Ticks / TimeSpan.TicksPerMicrosecond;
}
