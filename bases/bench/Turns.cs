namespace OpsDb.Bench;

/// <summary>What takes turns with a floor and becomes a row.</summary>
/// <param name="TurnAsync">One turn.</param>
internal sealed record Contender(string Name, string Target, Func<Task<LoadResult>> TurnAsync);

/// <summary>Values and their floor in turns, so that what else the machine does hits all of them.</summary>
internal static class Turns
{
    private const int Rounds = 2;

    /// <summary>A row of rates.</summary>
    public static async Task<Row> MeasureAsync(string name, string target, Func<Task<LoadResult>> value, Func<Task<LoadResult>> floor) =>
        (await MeasureAsync([new(name, target, value)], floor))[0];

    /// <summary>Rows of rates with one floor, which has a turn before and after each turn of each of them.</summary>
    public static async Task<IReadOnlyList<Row>> MeasureAsync(IReadOnlyList<Contender> contenders, Func<Task<LoadResult>> floor)
    {
        var floors = await floor();
        var values = new LoadResult?[contenders.Count];
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < contenders.Count; i++)
            {
                var next = await contenders[i].TurnAsync();
                values[i] = values[i] is { } before ? before + next : next;
                floors += await floor();
            }
        }
        return [.. contenders.Zip(values, (c, v) => Of(c, v!, floors))];
    }

    /// <summary>Milliseconds of each request, where all take turns request by request.</summary>
    /// <param name="warmUp">Requests of each that come before and are not timed, for the compiler.</param>
    /// <param name="ask">Each makes the request of that number and tells the milliseconds that it took.</param>
    public static IReadOnlyList<List<double>> ByRequest(int warmUp, int count, params IReadOnlyList<Func<int, double>> ask)
    {
        List<double>[] milliseconds = [.. ask.Select(_ => new List<double>(count))];
        for (var i = -warmUp; i < count; i++)
        {
            for (var a = 0; a < ask.Count; a++)
            {
                var took = ask[a](Math.Abs(i));
                if (i >= 0)
                    milliseconds[a].Add(took);
            }
        }
        return milliseconds;
    }

    private static Row Of(Contender contender, LoadResult value, LoadResult floor) =>
        new(contender.Name, value.PerSecond, "req/s", floor.PerSecond, contender.Target, value.Percentile(0.99), value.CpuMicroseconds, floor.CpuMicroseconds);
}
