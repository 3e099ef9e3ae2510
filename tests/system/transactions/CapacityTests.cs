using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

public sealed class CapacityTests : FaultFixture
{
    [Test]
    public async Task A_buffer_that_fills_warns_then_keeps_its_rest_for_what_cannot_wait_then_refuses()
    {
        var small = await Installation.StartSecondaryAsync(("TRANSACTION_BUFFER_SIZE", "20"), ("TRANSACTION_BUFFER_ACTOR_PERCENT", "100"));
        var ids = await StartAsync(1, small);
        await ConvergeAsync(ids);
        Servers.Relay.Down();

        ids.AddRange(await StartAsync(15, small));
        Assert.That(await BufferProblemAsync(small), Is.Null);
        ids.AddRange(await StartAsync(1, small));
        Assert.That(await BufferProblemAsync(small), Does.Contain("80 % full with 16 pending writes"));
        Assert.That((await ChangeAsync(small, ids[0])).Status, Is.EqualTo(202), "below 90 % a correction is taken");
        ids.AddRange(await StartAsync(1, small));

        Assert.That(await BufferProblemAsync(small), Does.Contain("only writes that cannot wait"));
        var correction = await ChangeAsync(small, ids[0]);
        Assert.That((correction.Status, correction.Problem, correction.Header("Retry-After")), Is.EqualTo((503, "buffer-full", "60")), correction.ToString());
        Assert.That(correction.Detail, Does.Contain("only what cannot wait"));
        ids.AddRange(await StartAsync(2, small));

        var full = await small.StartExecutionAsync();
        Assert.That((full.Status, full.Problem), Is.EqualTo((503, "buffer-full")), full.ToString());
        Assert.That(await BufferProblemAsync(small), Does.Contain("critical writes are refused"));
        Assert.That(await small.MetricAsync("buffer_fill_ratio"), Is.EqualTo(1));
        Assert.That((await small.GetAsync("/api/v1/executions?count=true")).Total, Is.EqualTo(ids.Count), "reads go on");
        await DrainsAsync(small, ids, 1);
    }

    [Test]
    public async Task A_buffer_is_full_in_bytes_before_it_is_full_in_entries()
    {
        var small = await Installation.StartSecondaryAsync(("TRANSACTION_BUFFER_BYTES", "100000"), ("TRANSACTION_BUFFER_ACTOR_PERCENT", "100"));
        var ids = await StartAsync(20, small);
        await ConvergeAsync(ids);
        await Eventually.TrueAsync(async () => await small.MetricAsync("buffer_bytes") == 0, "what is applied does not count");
        Servers.Relay.Down();

        var comment = new string('x', 9000);
        var refused = new TestAnswer(default, default, null!);
        for (var i = 0; i < 20 && (refused = await small.PostAsync("/api/v1/executions", new { obs_unit_id = 1, comment })).Status == 202; i++)
            ids.Add(refused.Id);
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "buffer-full")), refused.ToString());
        Assert.That(ids, Has.Count.EqualTo(30), "ten of these are nearly 100,000 bytes");
        Assert.That(await small.MetricAsync("buffer_bytes"), Is.InRange(90_000, 100_000));
        Assert.That(await BufferProblemAsync(small), Does.Contain("full with 10 pending writes"));
        var correction = await ChangeAsync(small, ids[0]);
        Assert.That(correction.Problem, Is.EqualTo("buffer-full"), correction.ToString());
        await DrainsAsync(small, ids, 0);
    }

    private async Task DrainsAsync(TestApi small, List<Guid> ids, int changes)
    {
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await small.StartExecutionAsync()) is { Status: 202 } answer && Added(answer.Id), "writes are taken again", 40);
        const string applied = "select count(*) from applied_transaction where site = @site";
        await Eventually.TrueAsync(async () => await Installation.ReplicaAsync<int>(applied) == ids.Count + changes, "everything arrives", 40);
        Assert.That(await Installation.MainHasAsync(ids), Is.EqualTo(ids.Count), "the acknowledged ones");
        await Eventually.TrueAsync(async () => await BufferProblemAsync(small) is null && await small.MetricAsync("buffer_fill_ratio") == 0, "the alarm ends");

        bool Added(Guid id)
        {
            ids.Add(id);
            return true;
        }
    }

    private static async Task<TestAnswer> ChangeAsync(TestApi api, Guid id) =>
        await api.PatchAsync($"/api/v1/executions/{id}", new { comment = Guid.NewGuid().ToString() }, (await api.GetAsync($"/api/v1/executions/{id}")).ETag);

    private static async Task<string?> BufferProblemAsync(TestApi api) =>
        (await api.ProblemsAsync()).Split('\n').FirstOrDefault(p => p.StartsWith("The buffer is", StringComparison.Ordinal));
}
