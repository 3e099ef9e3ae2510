using System.Collections.Concurrent;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>
/// Clients that start, change and finish executions. Each request has a key and is repeated, at the next process of the
/// site, until it is acknowledged.
/// </summary>
internal sealed class Workload(TestInstallation installation, params TestApi[] apis)
{
    private const int Changes = 2;

    /// <summary>How long a client waits for one answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentBag<Guid> finished = [];
    private int tried;
    private int acknowledged;

    /// <summary>Tries that were given up or answered with 503.</summary>
    public int Repeated => Volatile.Read(ref tried) - Acknowledged;

    public int Acknowledged => Volatile.Read(ref acknowledged);

    public Task RunAsync(int clients, int executions) =>
        Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => ObserveAsync(client, executions))));

    /// <summary>
    /// Waits until the site's database has everything, and checks that main has each acknowledged change once and in order, and nothing
    /// else.
    /// </summary>
    /// <param name="others">Executions that the test itself has made.</param>
    public async Task ConvergeAsync(string faults, int others = 0, int seconds = 60)
    {
        const string whole =
            """
            select count(*) from executed_obs_unit
            where id = any(@ids) and status = 'completed' and version = @version and comment = @comment
            """;
        const string other = "select count(*) from applied_transaction where site = @site and outcome <> 'applied'";
        var expected = new { ids = finished.ToArray(), version = Changes + 2, comment = $"{Changes}", site = installation.SiteName };
        await TestContext.Out.WriteLineAsync($"{tried} writes tried, {acknowledged} acknowledged, {faults}");
        await Eventually.TrueAsync(async () => await installation.ReplicaAsync<int>(whole, expected) == finished.Count
            && await installation.ReplicaHasAsync() >= finished.Count + others, "the replica has every execution as it was acknowledged last", seconds);
        await Assert.MultipleAsync(async () =>
        {
            await Assert.ThatAsync(async () => await installation.MainAsync<int>(whole, expected), Is.EqualTo(finished.Count), "each change once and in order");
            await Assert.ThatAsync(async () => await installation.MainHasAsync(), Is.EqualTo(finished.Count + others), "nothing else");
            await Assert.ThatAsync(async () => await installation.MainAsync<int>("select count(*) from held_transaction"), Is.Zero, "nothing refused");
            await Assert.ThatAsync(async () => await installation.MainAsync<int>(other, expected), Is.Zero, "nothing doubled");
        });
    }

    private async Task ObserveAsync(int client, int executions)
    {
        for (var i = 0; i < executions; i++)
        {
            var row = await AskAsync(client, (api, key) => api.PostAsync("/api/v1/executions", new { obs_unit_id = 1 + client % 60 }, key));
            var id = row.Id;
            for (var change = 1; change <= Changes; change++)
            {
                var (body, seen) = (new { comment = $"{change}" }, row.ETag);
                row = await AskAsync(client, (api, key) => api.SendAsync(
                    HttpMethod.Patch, $"/api/v1/executions/{id}", TestApi.Content(body, "application/merge-patch+json"),
                    TestTokens.Admin, ("If-Match", seen), ("Idempotency-Key", key)));
            }
            await AskAsync(client, (api, key) => api.PostAsync($"/api/v1/executions/{id}/finish", new { quality = "good" }, key));
            finished.Add(id);
        }
    }

    private async Task<TestAnswer> AskAsync(int client, Func<TestApi, string, Task<TestAnswer>> ask)
    {
        var key = Guid.NewGuid().ToString();
        var next = client;
        TestAnswer? answer = null;
        await Eventually.TrueAsync(async () =>
        {
            Interlocked.Increment(ref tried);
            try
            {
                answer = await ask(apis[next++ % apis.Length], key).WaitAsync(Patience);
            }
            catch (Exception e) when (e is HttpRequestException or TimeoutException or OperationCanceledException)
            {
                return false;
            }
            return answer.Status is 200 or 201 or 202 || (answer.Status == 503 ? false : throw new AssertionException(answer.ToString()));
        }, "the request is acknowledged", 90);
        Interlocked.Increment(ref acknowledged);
        return answer!;
    }
}
