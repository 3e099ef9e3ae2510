namespace OpsDb.Chaos;

/// <summary>A fault at its time.</summary>
/// <param name="At">Since the clients began.</param>
/// <param name="Number">Chooses among its kind's variants, 0 to 999.</param>
internal sealed record PlannedFault(FaultKind Kind, TimeSpan At, TimeSpan Lasts, int Number)
{
    public TimeSpan End => At + Lasts;

    public override string ToString() => FormattableString.Invariant($"{At.TotalSeconds:0.000} {Kind.Name} {Kind.Target(Number)} {Lasts.TotalSeconds:0.000}");
}

/// <summary>
/// Which faults happen when: one, or two that overlap, then some seconds without any. It follows from the seed alone. Every kind
/// has its turn before one comes again; some come once.
/// </summary>
internal static class FaultPlan
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(4);

    public static IReadOnlyList<PlannedFault> Create(int seed, TimeSpan length, IReadOnlyList<FaultKind> kinds)
    {
        var random = new Random(seed);
        var plan = new List<PlannedFault>();
        var bag = new List<FaultKind>();
        var spent = new HashSet<FaultKind>();
        for (var at = Quiet; Take(null) is { } kind;)
        {
            var first = Plan(kind, at);
            var second = random.Next(5) < 2 && Take(kind.Resource) is { } other ? Plan(other, at + (first.Lasts * random.NextDouble())) : null;
            var end = second is null || second.End < first.End ? first.End : second.End;
            if (end + Quiet > length)
                break;
            plan.Add(first);
            if (second is not null)
                plan.Add(second);
            at = end + TimeSpan.FromSeconds(1 + (random.NextDouble() * 5));
        }
        return plan;

        FaultKind? Take(string? besides)
        {
            var suitable = bag.FindAll(k => k.Resource != besides);
            if (suitable.Count == 0)
            {
                suitable = [.. kinds.Where(k => k.Resource != besides && !spent.Contains(k))];
                bag.AddRange(suitable);
            }
            if (suitable.Count == 0)
                return null;
            var kind = suitable[random.Next(suitable.Count)];
            bag.Remove(kind);
            if (kind.IsOnce)
                spent.Add(kind);
            return kind;
        }

        PlannedFault Plan(FaultKind kind, TimeSpan when) =>
            new(kind, when, TimeSpan.FromSeconds(kind.Shortest + (random.NextDouble() * (kind.Longest - kind.Shortest))), random.Next(1000));
    }
}
