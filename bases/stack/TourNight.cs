using OpsDb.Client;

namespace OpsDb.Stack;

/// <summary>A write that the observatory has acknowledged, and the content that it promised.</summary>
internal sealed record Acknowledged(TourRequest Request, TourAnswer Answer)
{
    public Guid Transaction { get; } = Answer.Transaction ?? throw new TourException($"the answer to {Request} names no transaction");

    public string Content { get; } = TourRow.Content(Answer.Body);
}

/// <summary>One execution of the tour. Its mark is in the comment, so that rows are found whatever their id.</summary>
internal sealed class TourExecution(string mark)
{
    public string Mark => mark;

    /// <summary>In order; the last one says what the row must be.</summary>
    public List<Acknowledged> Writes { get; } = [];

    public Acknowledged Newest => Writes[^1];

    public Guid Id => TourRow.Id(Newest.Answer.Body);

    public string Status => Newest.Answer.Body.GetProperty("status").GetString()!;
}

/// <summary>What is recorded at the observatory during the tour, with every acknowledgement.</summary>
internal sealed class TourNight(TourApi observatory)
{
    public const int Before = 3, Meanwhile = 24;

    private const int Buffered = 202, Stale = 412, Units = 7;

    /// <summary>Of this tour alone.</summary>
    public string Name { get; } = Guid.NewGuid().ToString("n")[..8];

    private IReadOnlyList<int> units = [];

    public List<TourExecution> Executions { get; } = [];

    public IReadOnlyList<Acknowledged> Acknowledged => [.. Executions.SelectMany(e => e.Writes)];

    /// <summary>Those that main had seen before the link was cut.</summary>
    public IReadOnlyList<TourExecution> Early => [.. Executions.Take(Before)];

    /// <summary>Those that were started while it was cut.</summary>
    public IReadOnlyList<TourExecution> Late => [.. Executions.Skip(Before)];

    public string FirstStart => Executions[0].Writes[0].Answer.Body.GetProperty("start_time").GetString()!;

    public async Task BeginAsync(CancellationToken ct)
    {
        var answer = await observatory.GetAsync($"/api/v1/obs-units?limit={Units}", ct);
        units = answer.Status == 200 ? [.. answer.Body.GetProperty("items").EnumerateArray().Select(u => u.GetProperty("id").GetInt32())] : [];
        if (units.Count == 0)
            throw observatory.Unexpected("GET /api/v1/obs-units (there must be some)", answer);
        for (var i = 0; i < Before; i++)
            await StartAsync(ct);
        foreach (var execution in Executions.Skip(1).ToList())
            await FinishAsync(execution, ct);
    }

    public async Task GoOnAsync(CancellationToken ct)
    {
        await FinishAsync(Executions[0], ct);
        for (var i = 0; i < Meanwhile; i++)
        {
            var execution = await StartAsync(ct);
            switch (i % 8)
            {
                case 3:
                    var id = execution.Id;
                    await AcknowledgeAsync(execution, new($"abort of {id}", (site, write, token) =>
                        site.AbortExecutionAsync(id, new() { Reason = "clouds" }, write.Key, cancellationToken: token)), ct);
                    break;
                case 6:
                    await FinishAsync(execution, ct);
                    await CorrectAsync(execution, ct);
                    break;
                default:
                    await FinishAsync(execution, ct);
                    break;
            }
        }

        // One that main knows already is corrected as well, over what it does not know.
        await CorrectAsync(Executions[0], ct);
    }

    /// <summary>Sends some of the writes again, as a client does that missed the answer: each must get its first answer.</summary>
    public async Task RepeatAsync(CancellationToken ct)
    {
        foreach (var first in Acknowledged.Where((_, i) => i % 4 == 0))
        {
            var again = await observatory.SendAsync(first.Request, ct);
            if (!again.Replayed || again.Transaction != first.Transaction || TourRow.Content(again.Body) != first.Content)
                throw observatory.Unexpected($"the repetition of {first.Request}, which is not its first answer {first.Answer.Body}", again);
        }
    }

    private async Task<TourExecution> StartAsync(CancellationToken ct)
    {
        var number = Executions.Count;
        var execution = new TourExecution($"tour {Name}/{number:000}");
        var unit = units[number % units.Count];
        // Every other client makes the id itself.
        var start = new StartExecution { Id = number % 2 == 0 ? null : Guid.CreateVersion7(), ObsUnitId = unit, Comment = execution.Mark };
        await AcknowledgeAsync(execution, new($"start of {execution.Mark}", (site, write, token) =>
            site.StartExecutionAsync(start, write.Key, cancellationToken: token)), ct);
        Executions.Add(execution);
        return execution;
    }

    private Task FinishAsync(TourExecution execution, CancellationToken ct)
    {
        var (number, id) = (Executions.IndexOf(execution), execution.Id);
        var finish = number % 5 == 4
            ? new FinishExecution { Status = ExecutionStatus.Failed, Reason = "the receiver warmed up", Quality = Quality.Bad }
            : new() { MeanPwvMm = 0.35 + (number * 0.05), MeanElevationDeg = 40 + number, Quality = Quality.Good, Comment = $"{execution.Mark} steady" };
        return AcknowledgeAsync(execution, new($"finish of {id}", (site, write, token) =>
            site.FinishExecutionAsync(id, finish, write.Key, cancellationToken: token)), ct);
    }

    private async Task CorrectAsync(TourExecution execution, CancellationToken ct)
    {
        var id = execution.Id;
        var patch = new ExecutionPatch { Quality = Quality.Usable, Comment = $"{execution.Mark} wind: ± 3″", Clear = { "mean_pwv_mm" } };
        var stale = new TourRequest($"correction of {id}", (site, write, token) =>
            site.ChangeExecutionAsync(id, write.IfMatch, patch, write.Key, cancellationToken: token), execution.Writes[0].Answer.ETag!);
        var refusal = await observatory.SendAsync(stale, ct);
        if (refusal.Status != Stale)
            throw observatory.Unexpected($"{stale} with an old ETag", refusal);
        await AcknowledgeAsync(execution, stale with { IfMatch = execution.Newest.Answer.ETag! }, ct);
    }

    private async Task AcknowledgeAsync(TourExecution execution, TourRequest write, CancellationToken ct)
    {
        var answer = await observatory.SendAsync(write, ct);
        if (answer.Status != Buffered || answer.Replayed)
            throw observatory.Unexpected($"{write}", answer);
        execution.Writes.Add(new(write, answer));
    }
}
