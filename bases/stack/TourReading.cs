namespace OpsDb.Stack;

/// <summary>What both sites show while the tour goes on.</summary>
internal sealed class TourReading(TourApi main, TourApi observatory, TourNight night)
{
    // Few rows to a page, so that there are several.
    private const int Limit = 7;

    private const string Executions = "/api/v1/executions";

    private readonly Dictionary<Guid, string> atMain = [];

    public async Task MainShowsThemAsync(CancellationToken ct)
    {
        foreach (var execution in night.Early)
        {
            await Deadlines.WaitAsync(async () => await ContentAsync(main, execution.Id, ct) == execution.Newest.Content, $"main shows {execution.Id}", ct);
            atMain[execution.Id] = execution.Newest.Content;
        }
    }

    public async Task ObservatoryShowsEachAsync(CancellationToken ct)
    {
        foreach (var execution in night.Executions)
            RequireSame(execution, await ContentAsync(observatory, execution.Id, ct), "shows");
    }

    public async Task ObservatoryListsThemAsync(CancellationToken ct)
    {
        var since = $"started_from={Uri.EscapeDataString(night.FirstStart)}";
        await ListAsync(since, _ => true, ct);
        await ListAsync($"{since}&sort=start_time&status=aborted,failed", e => e.Status is "aborted" or "failed", ct);
        await ListAsync($"{since}&sort=-modified_at&quality=usable", e => e.Newest.Answer.Body.GetProperty("quality").GetString() == "usable", ct);
    }

    public async Task MainKnowsNothingNewAsync(CancellationToken ct)
    {
        foreach (var execution in night.Executions)
        {
            if (await ContentAsync(main, execution.Id, ct) != atMain.GetValueOrDefault(execution.Id))
                throw new TourException($"main shows what happened to {execution.Id} behind the cut link");
        }
    }

    public Task NothingIsPendingAsync(CancellationToken ct) => Deadlines.WaitAsync(
        async () =>
        {
            var stats = await observatory.GetAsAdminAsync("/buffer-stats", ct);
            return stats.Status == 200
                ? stats.Body.GetProperty("pending_transactions").GetInt64() == 0
                : throw observatory.Unexpected("GET /buffer-stats", stats);
        },
        "nothing is pending",
        ct);

    private async Task ListAsync(string filter, Func<TourExecution, bool> isListed, CancellationToken ct)
    {
        var rows = (await observatory.ListAsync(Executions, filter, Limit, ct)).ToDictionary(TourRow.Id, TourRow.Content);
        foreach (var execution in night.Executions)
        {
            if (isListed(execution))
                RequireSame(execution, rows.GetValueOrDefault(execution.Id), $"lists ({filter})");
            else if (rows.ContainsKey(execution.Id))
                throw new TourException($"observatory lists {execution.Id}, which is not {filter}");
        }
    }

    private static void RequireSame(TourExecution execution, string? content, string how)
    {
        if (content is null)
            throw new TourException($"observatory {how} nothing of {execution.Id}");
        if (content != execution.Newest.Content)
            throw new TourException($"observatory {how} of {execution.Id} {TourRow.Difference(content, execution.Newest.Content)}");
    }

    private static async Task<string?> ContentAsync(TourApi api, Guid id, CancellationToken ct) =>
        await api.FindExecutionAsync(id, ct) is { } row ? TourRow.Content(row) : null;
}
