using System.Globalization;

namespace OpsDb.Chaos;

/// <summary>Calls by outcome, and their times while nothing was wrong. For several threads.</summary>
internal sealed class Tally
{
    private readonly Dictionary<string, (int[] Outcomes, List<float> Milliseconds)> operations = [];
    private readonly Lock turn = new();

    /// <summary>Whether the servers are undisturbed just now.</summary>
    public bool IsQuiet { get; set; } = true;

    public int Total { get; private set; }

    public void Add(string operation, Outcome outcome, long microseconds)
    {
        lock (turn)
        {
            Total++;
            if (!operations.TryGetValue(operation, out var of))
                operations[operation] = of = (new int[3], []);
            of.Outcomes[(int)outcome]++;
            if (IsQuiet && outcome == Outcome.Ok)
                of.Milliseconds.Add(microseconds / 1000f);
        }
    }

    public int Count(Outcome outcome)
    {
        lock (turn)
            return operations.Values.Sum(o => o.Outcomes[(int)outcome]);
    }

    public IReadOnlyList<string> Lines()
    {
        lock (turn)
        {
            return
            [
                $"{"call",-14}{"ok",9}{"refused",9}{"unknown",9}{"p50 ms",9}{"p99 ms",9}",
                .. operations.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => Line(o.Key, o.Value.Outcomes, o.Value.Milliseconds)),
            ];
        }
    }

    private static string Line(string name, int[] outcomes, List<float> times)
    {
        times.Sort();
        return string.Create(CultureInfo.InvariantCulture,
            $"{name,-14}{outcomes[0],9}{outcomes[1],9}{outcomes[2],9}{At(times, 0.5),9:0.0}{At(times, 0.99),9:0.0}");
    }

    private static float At(List<float> sorted, double share) => sorted.Count == 0 ? 0 : sorted[(int)(sorted.Count * share)];
}
