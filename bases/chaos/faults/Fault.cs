namespace OpsDb.Chaos;

/// <summary>Something that is done to the installation, and then taken back.</summary>
/// <param name="begin">Does it.</param>
/// <param name="end">Takes it back; the servers need not be ready again when it returns.</param>
internal sealed class Fault(Func<CancellationToken, Task> begin, Func<CancellationToken, Task> end)
{
    public Task BeginAsync(CancellationToken ct) => begin(ct);

    public Task EndAsync(CancellationToken ct) => end(ct);

    /// <summary>A fault that takes no time to begin or to end.</summary>
    public static Fault At(Action begin, Action end) => new(Do(begin), Do(end));

    private static Func<CancellationToken, Task> Do(Action action) => _ =>
    {
        action();
        return Task.CompletedTask;
    };
}

/// <summary>A kind of fault that a run can choose.</summary>
/// <param name="Name">For <c>--faults</c> and faults.jsonl.</param>
/// <param name="Resource">What it disturbs: nothing is disturbed in two ways at once.</param>
/// <param name="Shortest">Seconds.</param>
/// <param name="Longest">Seconds.</param>
/// <param name="Sentence">What happens.</param>
/// <param name="Create">Makes one; the number, 0 to 999, chooses among its variants.</param>
internal sealed record FaultKind(string Name, string Resource, double Shortest, double Longest, string Sentence, Func<Installation, int, Fault> Create)
{
    /// <summary>What it is done to, in the words of faults.jsonl.</summary>
    public required Func<int, string> Target { get; init; }

    /// <summary>What no promise holds for: <c>log</c> or <c>main</c>.</summary>
    public string? MayLose { get; init; }

    /// <summary>What every call of a run with it pays.</summary>
    public string? Costs { get; init; }

    /// <summary>Why it is used only when it is named; null when it is used by default.</summary>
    public string? WhyNamed => MayLose is null ? Costs : $"it may lose {MayLose}";

    /// <summary>It leaves the installation without what it needs to happen again.</summary>
    public bool IsOnce { get; init; }

    /// <summary>Why this machine cannot do it; null when it can.</summary>
    public Func<string?> WhyNot { get; init; } = () => null;
}
