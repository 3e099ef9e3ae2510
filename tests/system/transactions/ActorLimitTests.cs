using System.Text;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>One user cannot take the buffer, or a process, away from the others.</summary>
public sealed class ActorLimitTests : FaultFixture
{
    [Test]
    public async Task One_user_cannot_fill_the_buffer_alone()
    {
        var small = await Installation.StartSecondaryAsync(("TRANSACTION_BUFFER_SIZE", "20"), ("TRANSACTION_BUFFER_ACTOR_PERCENT", "50"));
        await ConvergeAsync(await StartAsync(3, small));
        await Eventually.TrueAsync(async () => (await small.GetAsync("/health")).Buffer("size") == 0, "what is applied does not count");
        Servers.Relay.Down();
        await StartAsync(10, small);

        var refused = await AfterLookAsync(small, () => small.StartExecutionAsync(1, "refused"));
        Assert.That((refused.Status, refused.Problem, refused.Header("Retry-After")), Is.EqualTo((429, "too-much-pending", "60")), refused.ToString());
        var other = await small.PostAsync("/api/v1/executions", new { obs_unit_id = 1 }, "other", TestTokens.Admin);
        Assert.That(other.Status, Is.EqualTo(202), "others still write");
        Assert.That((await small.StartExecutionAsync(1, "refused")).Status, Is.EqualTo(429));

        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await small.StartExecutionAsync(1, "refused")).Status == 202, "there is room again");
    }

    [Test]
    public async Task Bytes_count_as_entries_do()
    {
        var small = await Installation.StartSecondaryAsync(("TRANSACTION_BUFFER_BYTES", "100000"), ("TRANSACTION_BUFFER_ACTOR_PERCENT", "40"));
        await ConvergeAsync(await StartAsync(1, small));
        Servers.Relay.Down();
        var comment = new string('x', 9000);
        var taken = 0;
        var refused = new TestAnswer(default, default, null!);
        Task<TestAnswer> StartLargeAsync() => small.PostAsync("/api/v1/executions", new { obs_unit_id = 1, comment });
        while (taken < 20 && (refused = await AfterLookAsync(small, StartLargeAsync)).Status == 202)
            taken++;
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((429, "too-much-pending")), refused.ToString());
        Assert.That(taken, Is.InRange(4, 6), "five of these are 45,000 bytes");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task One_user_cannot_send_without_a_limit_whether_or_not_the_length_is_told(bool told)
    {
        var narrow = await Installation.StartSecondaryAsync(("HTTP_ACTOR_BYTES", "1024"));
        TestAnswer answer;
        var sent = 0;
        do
        {
            HttpContent content = told ? new StringContent(Body(4000)) : new StreamContent(new Chunks(Encoding.UTF8.GetBytes(Body(4000))));
            content.Headers.ContentType = new("application/json");
            answer = await narrow.SendAsync(HttpMethod.Post, "/api/v1/executions", content, TestTokens.Observer);
            sent++;
        }
        while (answer.Status == 202 && sent < 50);
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((429, "too-many-requests")), answer.ToString());
        Assert.That((answer.Header("Retry-After"), answer.Header("RateLimit-Remaining")), Is.EqualTo(("1", "0")));
        Assert.That(sent, Is.InRange(3, 10));
        var other = await narrow.PostAsync("/api/v1/executions", new { obs_unit_id = 1 }, null, TestTokens.Admin);
        Assert.That(other.Status, Is.EqualTo(202), "others do not notice");
        await Eventually.TrueAsync(async () => (await narrow.StartExecutionAsync()).Status == 202, "after a while it goes on");
    }

    [Test]
    public async Task One_user_has_so_many_requests_under_way_and_no_more()
    {
        var narrow = await Installation.StartSecondaryAsync(("HTTP_ACTOR_REQUESTS", "2"));
        Servers.Relay.Down();
        var start = await narrow.StartExecutionAsync();
        var token = start.Header("OpsDb-Consistency")!.Split(':');
        // A state that is not there yet is waited for.
        var later = $"{token[0]}:{token[1]}:{long.Parse(token[2]) + 1}:{token[3]}:{token[4]}";
        Task<TestAnswer> WaitAsync() =>
            narrow.GetAsync($"/api/v1/executions/{start.Id}", null, ("OpsDb-Min-Consistency", later), ("Prefer", "wait=5"));
        var waiting = Enumerable.Range(0, 3).Select(_ => WaitAsync()).ToList();
        Assert.That((await narrow.GetAsync($"/api/v1/executions/{start.Id}", TestTokens.Admin)).Status, Is.EqualTo(200), "others do not notice");
        var answers = await Task.WhenAll(waiting);
        Assert.That(answers.Select(a => a.Problem).Order(),
            Is.EqualTo((string[])["not-yet-consistent", "not-yet-consistent", "too-many-requests"]), string.Join('\n', answers.Select(a => a.ToString())));
        Assert.That((await narrow.GetAsync($"/api/v1/executions/{start.Id}")).Status, Is.EqualTo(200));
    }

    /// <summary>A read makes the process look at the log.</summary>
    private static async Task<TestAnswer> AfterLookAsync(TestApi api, Func<Task<TestAnswer>> write)
    {
        await api.GetAsync("/api/v1/executions?limit=1");
        return await write();
    }

    private static string Body(int comment) => $$"""{"obs_unit_id":1,"comment":"{{new string('x', comment)}}"}""";

    /// <summary>A body whose length nobody knows.</summary>
    private sealed class Chunks(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
    }
}
