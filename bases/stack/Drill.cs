using System.Text.Json;

namespace OpsDb.Stack;

/// <summary>
/// Loses a database and learns again from the disks of an archive what it knew. On a stack of its own, which is removed at last.
/// </summary>
internal sealed class Drill(StackHome home, int portBase, int nights)
{
    private const string Archive = "archive";

    /// <summary>What a catalogue knows of observations and their data.</summary>
    private static readonly string[] Tables = ["executed_obs_unit", "raw_data_file", "raw_data_package"];

    /// <summary>When, by whom and on which way it was told, which nobody writes on a disk.</summary>
    private static readonly string[] Bookkeeping =
    [
        "created_at", "created_by", "modified_at", "modified_by", "version", "transaction_id", "since", "attempt", "reason", "next_step", "deadline",
        "finalized_at", "data_transfer_package_id",
    ];

    private string Kept => $"{home.Folder}-archive";

    private string Disk => Path.Combine(home.Folder, "data", StackPlaces.Main, Archive);

    /// <exception cref="TourException">Something was not learned again, or is another than before.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            var before = await WithStackAsync(ObserveAsync, ct);
            Console.WriteLine($"{Told(before)} before");
            Directory.Move(Disk, Kept);
            Console.WriteLine("The databases of both sites are thrown away; what is left is the disk of one archive.");
            var after = await WithStackAsync(LearnAsync, ct);
            Console.WriteLine($"{Told(after)} after");
            foreach (var table in Tables)
            {
                var (was, now) = (before[table], after[table]);
                var differ = was.Keys.Union(now.Keys).Where(id => was.GetValueOrDefault(id) != now.GetValueOrDefault(id)).ToList();
                if (differ.Count > 0)
                    throw new TourException($"drill: {differ.Count} rows of {table} are not what they were, the first is {differ[0]}: "
                        + $"{was.GetValueOrDefault(differ[0])} became {now.GetValueOrDefault(differ[0])}");
            }
            Console.WriteLine($"drill: {Told(after)}, all equal");
        }
        finally
        {
            home.Delete();
            if (Directory.Exists(Kept))
                Directory.Delete(Kept, recursive: true);
        }
    }

    /// <summary>Nights with data.</summary>
    private async Task<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> ObserveAsync(StackFile stack, StackApis apis, CancellationToken ct)
    {
        foreach (var _ in Enumerable.Range(0, nights))
        {
            await using var tour = new Tour(stack);
            await tour.RunAsync(ct);
        }
        return await KnownAsync(stack, ct);
    }

    private async Task<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> LearnAsync(StackFile stack, StackApis apis, CancellationToken ct)
    {
        Directory.Delete(Disk);
        Directory.Move(Kept, Disk);
        Console.Write(await apis.RunJobsAsync(ct, "rebuild", Archive));
        Console.Write(await apis.RunJobsAsync(ct, "reconcile", Archive));
        return await KnownAsync(stack, ct);
    }

    /// <returns>Of each table the content of each row that has to do with data, by its id.</returns>
    private static async Task<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>> KnownAsync(StackFile stack, CancellationToken ct)
    {
        await using var databases = new TourDatabases(stack.Postgres);
        var rows = new Dictionary<string, IReadOnlyList<JsonElement>>();
        foreach (var table in Tables)
            rows[table] = await databases.PrimaryAsync(table, ct);
        var observed = rows["raw_data_package"].Select(p => p.GetProperty("executed_obs_unit_id").GetString()).ToHashSet();
        return rows.ToDictionary(t => t.Key, t => (IReadOnlyDictionary<string, string>)t.Value
            .Where(r => t.Key != "executed_obs_unit" || observed.Contains(r.GetProperty("id").GetString()))
            .ToDictionary(r => r.GetProperty("id").GetString()!, Content));
    }

    private static string Content(JsonElement row) => string.Join(", ", row.EnumerateObject().Where(f => !Bookkeeping.Contains(f.Name))
        .OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => $"{f.Name} {f.Value}"));

    private async Task<T> WithStackAsync<T>(Func<StackFile, StackApis, CancellationToken, Task<T>> use, CancellationToken ct)
    {
        var up = new Up(home, new(portBase, Fresh: true, WithApis: true));
        var (stack, processes, taken) = await up.RunAsync(ct);
        using (taken)
        {
            try
            {
                return await use(stack, up.Apis!, ct);
            }
            finally
            {
                await processes.StopStartedAsync();
            }
        }
    }

    private static string Told(IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> known) =>
        $"{known["executed_obs_unit"].Count} executions, {known["raw_data_package"].Count} packages, {known["raw_data_file"].Count} files";
}
