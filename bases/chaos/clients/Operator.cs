using System.Text.Json;

namespace OpsDb.Chaos;

/// <summary>
/// Looks after transactions that the main database has refused, at the site and at main: tries some again, lets the site win, gives
/// some up and leaves the others; and lets a processor that has stopped go on. What is answered is asked for at once at any process
/// of the same site: status, lists, rows and counts.
/// </summary>
internal sealed class Operator(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis) : Client(name, seed, world, apis)
{
    private const int MaxListed = 20, MaxResolved = 3;

    protected override async Task StepAsync(CancellationToken stop)
    {
        await CancellableDelay.ForAsync(TimeSpan.FromMilliseconds(Random.Next(5) == 0 ? Random.Next(3000) : Random.Next(100, 900)), stop);
        if (Random.Next(3) == 0)
            await LookAfterSiteAsync();
        await SumAsync();
        var failed = await AskAsync(AnyApi(), Question.Held("failed", MaxListed));
        if (!failed.IsOk)
            return;
        var found = Read(failed).GetProperty("items").EnumerateArray().ToArray();
        Random.Shuffle(found);
        foreach (var transaction in found.Take(MaxResolved))
            await ResolveAsync(transaction);
    }

    private async Task LookAfterSiteAsync()
    {
        var health = await AskAsync(AnyApi(), Question.Health(isInDetail: false));
        if (health.IsOk && Read(health).GetProperty("background_processor").GetString() == "stopped")
            await AskAsync(AnyApi(), Question.OnSite("continue", Installation.Site));
        if (Random.Next(20) == 0)
            await AskAsync(AnyApi(), Question.OnSite("acknowledge-loss", Installation.Site));
    }

    private async Task ResolveAsync(JsonElement transaction)
    {
        var action = Random.Next(8) switch
        {
            0 => "retry",
            1 or 2 => "overwrite",
            < 6 => "discard",
            _ => null,
        };
        if (action is null)
            return;
        var api = AnyApi();
        var id = transaction.GetProperty("id").GetString()!;
        var answer = await AskAsync(api, Question.Intervene(action, id));
        if (!answer.IsOk)
            return;
        var others = Apis.Where(a => IsOfSite(a, api)).ToList();
        string[] concerned = [id, .. Read(answer).GetProperty("followers").EnumerateArray().Select(f => f.GetProperty("id").GetString()!)];
        for (var questions = Random.Next(2, 6); questions > 0; questions--)
            await CheckAsync(others[Random.Next(others.Count)], concerned[Random.Next(concerned.Length)], transaction);
    }

    /// <summary>Whether they say what was answered is for the checker to tell.</summary>
    private async Task CheckAsync(Api api, string id, JsonElement resolved)
    {
        switch (Random.Next(6))
        {
            case 0 or 1:
                await AskAsync(api, Question.Transaction(id));
                break;
            case 2:
                await AskAsync(api, Question.Held(Random.Next(4) == 0 ? "parked" : "failed", MaxListed));
                break;
            case 3:
                await AskAsync(api, Question.Health(isInDetail: Random.Next(3) > 0));
                break;
            default:
                if (RowOf(resolved) is var (entity, key))
                    await ReadAsync(api, entity, key);
                break;
        }
    }

    /// <summary>A row that the transaction changes.</summary>
    private static (Entity Entity, string Key)? RowOf(JsonElement transaction)
    {
        var step = transaction.GetProperty("steps")[0];
        var key = step.GetProperty("rows")[0].GetProperty("key").GetString()!;
        return Entity.All.FirstOrDefault(e => e.Table == step.GetProperty("entity").GetString()) is not { } entity ? null
            : (entity, entity == Entity.Executions ? Fields.Text(key) : key);
    }

    private static bool IsOfSite(Api one, Api other) => one.Process.Split('/')[0] == other.Process.Split('/')[0];

    private static JsonElement Read(Reply reply) => JsonSerializer.Deserialize<JsonElement>(reply.Body.Span);
}
