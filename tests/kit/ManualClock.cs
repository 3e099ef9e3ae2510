namespace OpsDb.TestKit;

/// <summary>Time that passes when a test says so; the wall clock and the monotonic one are set apart from each other.</summary>
public sealed class ManualClock : TimeProvider
{
    private TimeSpan passed;

    /// <summary>What the wall clock shows.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Moves the monotonic clock on.</summary>
    public void Pass(TimeSpan time) => passed += time;

    public override long GetTimestamp() => passed.Ticks;

    public override DateTimeOffset GetUtcNow() => Now;
}
