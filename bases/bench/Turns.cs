namespace OpsDb.Bench;

/// <summary>Value and floor in turns, so that what else the machine does hits both.</summary>
internal static class Turns
{
    /// <summary>A row of rates.</summary>
    public static async Task<Row> MeasureAsync(string name, string target, Func<Task<LoadResult>> value, Func<Task<LoadResult>> floor)
    {
        var floors = await floor();
        LoadResult? values = null;
        for (var turn = 0; turn < 2; turn++)
        {
            var next = await value();
            values = values is null ? next : values + next;
            floors += await floor();
        }
        return new(name, values!.PerSecond, "req/s", floors.PerSecond, target, values.Percentile(0.99), values.CpuMicroseconds, floors.CpuMicroseconds);
    }
}
