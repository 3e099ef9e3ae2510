namespace OpsDb.Kernel;

/// <summary>
/// Between which instants a fact can have happened. A start in the year 9999 would be the newest one for ever; it is a
/// mistake of the caller or of its clock.
/// </summary>
/// <param name="Earliest">No fact is older.</param>
/// <param name="Ahead">How far clocks may differ: no fact is later than now and this.</param>
public sealed record FactBounds(DateTimeOffset Earliest, TimeSpan Ahead)
{
    public static FactBounds Default { get; } = new(new(1990, 1, 1, 0, 0, 0, TimeSpan.Zero), TimeSpan.FromDays(1));

    public static FactBounds Read(Settings settings) => new(
        settings.Instant("FACT_EARLIEST", Default.Earliest, "the earliest instant that a recorded fact, such as the start of an execution, may have"),
        settings.Seconds("FACT_AHEAD", Default.Ahead.TotalSeconds, 0, 31_536_000, "how far ahead of the site's clock the instant of a recorded fact may be"));

    /// <param name="now">The newest instant that is known to have come.</param>
    /// <returns>What is wrong, as it follows a field's name; null when it is between the bounds.</returns>
    public string? Fault(DateTimeOffset at, DateTimeOffset now)
    {
        var latest = now > DateTimeOffset.MaxValue - Ahead ? DateTimeOffset.MaxValue : now + Ahead;
        if (at >= Earliest && at <= latest)
            return null;
        var ahead = FormattableString.Invariant($"{Ahead.TotalSeconds} s ahead of this site's clock");
        return $"is an instant from {Instant.Format(Earliest)} to {Instant.Format(latest)}, which is {ahead}; not {Instant.Format(at)}";
    }
}

/// <summary>An instant of a row that records when something happened.</summary>
public sealed record Fact<T>(string Column, Func<T, DateTimeOffset?> At);
