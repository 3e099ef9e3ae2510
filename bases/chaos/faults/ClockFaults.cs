using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>
/// What happens to the wall clocks of the data APIs. That of Redis ends leases and unused parts; libfaketime does not go together
/// with its allocator.
/// </summary>
internal static class ClockFaults
{
    private const string Name = "step-clock";
    private static readonly TimeSpan[] Steps = [.. ((double[])[3, -3, 90, -90, 7_200, -7_200, 864_000]).Select(TimeSpan.FromSeconds)];

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new(Name, "clock", 2, 9,
            "The wall clock of a process of the data API jumps by seconds, hours or days, forwards or backwards, and some time later back.",
            (i, n) => Fault.At(() => i.Clocks![Api(n)].Step(Step(n)), () => i.Clocks![Api(n)].Step(TimeSpan.Zero)))
        {
            Target = n => FormattableString.Invariant($"{ApiFaults.NameOf(Api(n))} by {Step(n).TotalSeconds:+0;-0} s"),
            Costs = "libfaketime makes the data API three times slower",
            WhyNot = () => SteppedClock.WhyNot,
        },
    ];

    public static bool IsIn(IReadOnlyList<PlannedFault> plan) => plan.Any(f => f.Kind.Name == Name);

    private static int Api(int number) => number % 3;

    private static TimeSpan Step(int number) => Steps[number / 3 % Steps.Length];
}
