using System.Text.Json;

namespace OpsDb.Chaos;

/// <summary>
/// Looks after transactions that the main database has refused: tries some again, lets the site win, gives some up and leaves the
/// others; and lets a processor that has stopped go on.
/// </summary>
internal sealed class Operator(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis) : Client(name, seed, world, apis)
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    protected override async Task StepAsync(CancellationToken stop)
    {
        await Rest.ForAsync(Round, stop);
        var health = await AskAsync("health", HttpMethod.Get, "/health");
        if (health.IsOk && Read(health).GetProperty("background_processor").GetString() == "stopped")
            await AskAsync("continue", HttpMethod.Post, $"/api/v1/sites/{Installation.Site}/continue", "{}");
        var failed = await AskAsync("failed", HttpMethod.Get, "/api/v1/transactions?state=failed&limit=20");
        if (!failed.IsOk)
            return;
        foreach (var transaction in Read(failed).GetProperty("items").EnumerateArray())
            await ResolveAsync($"/api/v1/transactions/{transaction.GetProperty("id").GetString()}");
    }

    private Task ResolveAsync(string path) => Random.Next(6) switch
    {
        0 => AskAsync("retry", HttpMethod.Post, $"{path}/retry", "{}"),
        1 or 2 => AskAsync("overwrite", HttpMethod.Post, $"{path}/retry", """{"overwrite":true}"""),
        3 => AskAsync("discard", HttpMethod.Post, $"{path}/discard", """{"note":"given up"}"""),
        _ => Task.CompletedTask,
    };

    private static JsonElement Read(Reply reply) => JsonSerializer.Deserialize<JsonElement>(reply.Body.Span);
}
