using System.Text.Json;

namespace OpsDb.Stack;

/// <summary>Compares the books of both sites with each other and with the acknowledgements.</summary>
internal sealed class TourComparison(TourApi main, TourApi observatory, TourDatabases databases, TourNight night)
{
    private const string Executions = "executed_obs_unit", Transactions = "applied_transaction";

    private readonly List<string> lost = [], duplicated = [];

    /// <summary>Acknowledged, but not on main, or with another content than promised.</summary>
    public IReadOnlyList<string> Lost => lost;

    /// <summary>On main more than once.</summary>
    public IReadOnlyList<string> Duplicated => duplicated;

    public string Summary { get; private set; } = "";

    public async Task AccountAsync(CancellationToken ct)
    {
        var executions = await databases.PrimaryAsync(Executions, ct);
        var applied = (await databases.PrimaryAsync(Transactions, ct)).ToLookup(t => t.GetProperty("idempotency_key").GetString());
        foreach (var execution in night.Executions)
        {
            foreach (var write in execution.Writes)
                Account(write, [.. applied[write.Request.Key]]);
            Account(execution, [.. executions.Where(e => e.GetProperty("comment").GetString()?.StartsWith(execution.Mark, StringComparison.Ordinal) == true)]);
        }

        if (lost.Count + duplicated.Count > 0)
            throw new TourException($"{lost.Count} lost, {duplicated.Count} duplicated:\n  {string.Join("\n  ", [.. lost, .. duplicated])}");
    }

    public async Task DatabasesAsync(CancellationToken ct)
    {
        var counts = new List<string>();
        foreach (var table in (string[])[Executions, Transactions])
        {
            var rows = (await databases.PrimaryAsync(table, ct)).ToDictionary(TourRow.Id, TourRow.Everything);
            var copies = (await databases.ReplicaAsync(table, ct)).ToDictionary(TourRow.Id, TourRow.Everything);
            RequireSame($"the replica's {table}", copies, "the primary's", rows);
            counts.Add($"{rows.Count} rows of {table}");
        }

        Summary = $"{string.Join(" and ", counts)} are the same everywhere";
    }

    public Task MainApiAsync(CancellationToken ct) => ApiAsync(main, databases.PrimaryAsync, ct);

    public Task ObservatoryApiAsync(CancellationToken ct) => ApiAsync(observatory, databases.ReplicaAsync, ct);

    private async Task ApiAsync(TourApi api, Func<string, CancellationToken, Task<IReadOnlyList<JsonElement>>> read, CancellationToken ct)
    {
        var rows = Contents(await read(Executions, ct));
        // Several pages, whether there are few rows or many.
        var listed = await api.ListAsync("/api/v1/executions", "", Math.Clamp(rows.Count / 4, 10, 1000), ct);
        RequireSame($"{api.Name}'s list", Contents(listed), "its database", rows);
    }

    private void Account(Acknowledged write, IReadOnlyList<JsonElement> found)
    {
        if (found.Count > 1)
            duplicated.Add($"{write.Request} was applied {found.Count} times");
        if (found is not [var first, ..])
            lost.Add($"{write.Request} was not applied");
        else if (TourRow.Id(first) != write.Transaction || first.GetProperty("outcome").GetString() != "applied")
            lost.Add($"{write.Request} was acknowledged as {write.Transaction} and is {TourRow.Id(first)}, {first.GetProperty("outcome")}");
        else if (TourRow.Content(first.GetProperty("answer")) is var content && content != write.Content)
            lost.Add($"{write.Request} was applied with {TourRow.Difference(content, write.Content)}");
    }

    private void Account(TourExecution execution, IReadOnlyList<JsonElement> found)
    {
        if (found.Count > 1)
            duplicated.Add($"execution {execution.Id} ({execution.Mark}) has {found.Count} rows");
        var row = found.FirstOrDefault(r => TourRow.Id(r) == execution.Id);
        if (row.ValueKind == JsonValueKind.Undefined)
            lost.Add($"execution {execution.Id} ({execution.Mark}) has no row");
        else if (row.GetProperty("version").GetInt32() > execution.Writes.Count)
            duplicated.Add($"execution {execution.Id} was written {row.GetProperty("version")} times instead of {execution.Writes.Count}");
        else if (TourRow.Content(row) is var content && content != execution.Newest.Content)
            lost.Add($"execution {execution.Id} has {TourRow.Difference(content, execution.Newest.Content)}");
    }

    private static Dictionary<Guid, string> Contents(IEnumerable<JsonElement> rows) => rows.ToDictionary(TourRow.Id, TourRow.Content);

    private static void RequireSame(string name, Dictionary<Guid, string> rows, string otherName, Dictionary<Guid, string> others)
    {
        string[] differences =
        [
            .. others.Keys.Except(rows.Keys).Select(id => $"{id} is missing"),
            .. rows.Keys.Except(others.Keys).Select(id => $"{id} is too much"),
            .. rows.Where(r => others.TryGetValue(r.Key, out var other) && other != r.Value)
                .Select(r => $"{r.Key} has {TourRow.Difference(r.Value, others[r.Key])}"),
        ];
        if (differences.Length > 0)
            throw new TourException($"{name} differs from {otherName} in {differences.Length} rows:\n  {string.Join("\n  ", differences.Take(10))}");
    }
}
