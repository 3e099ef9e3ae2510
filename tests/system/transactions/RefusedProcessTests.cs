using System.Text.Json;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>A database that answers and does not let the process in, and what is told of it to whom.</summary>
public sealed class RefusedProcessTests : ReadFixture
{
    private static readonly string[] Secrets = ["SQLSTATE", "28P01", "28000", "3D000", "42501", "password authentication", "127.0.0.1", "does not exist",
        "Exception", "Npgsql", "StackExchange"];

    [TestCase("PASSWORD", "wrong")]
    [TestCase("USER", "nobody_of_that_name")]
    [TestCase("NAME", "nowhere")]
    public async Task A_main_site_that_is_not_let_in_answers_503_and_says_why_to_nobody_but_its_log(string setting, string value)
    {
        await using var api = await TestApi.StartUnreadyAsync(new(Installation.MainSettings())
        {
            [$"MAIN_DB_{setting}"] = value,
            [$"LOCAL_DB_{setting}"] = value,
        });
        foreach (var path in (string[])["/api/v1/sources", "/api/v1/executions", "/buffer-stats", "/api/v1/site/health"])
        {
            var refused = await api.GetAsync(path, TestTokens.Admin);
            Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "local-database-unreachable")), refused.ToString());
            Assert.That(refused.Detail, Does.Contain("refuses this process"));
            AssertTellsNothing(refused.ToString());
        }
        var health = await api.GetAsync("/health");
        Assert.That((health.Status, health.Text("status")), Is.EqualTo((200, "unhealthy")));
        Assert.That(health.Problems,
            Does.Contain("The site's database refuses this process; reads and writes are refused until it does not."));
        AssertTellsNothing(health.ToString());
        Assert.That((await api.GetAsync("/health/ready")).Status, Is.EqualTo(503));
    }

    [Test]
    public async Task A_database_without_the_schema_of_this_release_is_503_and_says_what_to_do()
    {
        await Installation.MainAsync<int>("alter table source rename to source_of_an_earlier_release; select 1");
        var refused = await Main.GetAsync("/api/v1/sources");
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "local-database-unreachable")), refused.ToString());
        Assert.That(refused.Detail, Does.Contain("Operators run migrate"));
        AssertTellsNothing(refused.ToString());
        Assert.That((await Main.GetAsync("/api/v1/obs-units")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task A_main_site_without_the_schema_of_this_release_is_waited_for_and_operators_are_told()
    {
        Servers.Relay.Down();
        var ids = await StartAsync(3);
        await Installation.MainAsync<int>("alter table executed_obs_unit rename column comment to remark; select 1");
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await Site.ProblemsAsync()).Contains("Operators run migrate", StringComparison.Ordinal), "the reason", 30);
        Assert.That(await Installation.MainHasAsync(), Is.Zero);
        await Installation.MainAsync<int>("alter table executed_obs_unit rename column remark to comment; select 1");
        await ConvergeAsync(ids);
    }

    [Test]
    public async Task A_site_whose_replica_does_not_let_it_in_goes_on_with_main_and_tells_operators_why()
    {
        await using var api = await TestApi.StartUnreadyAsync(new(Installation.SecondarySettings()) { ["LOCAL_DB_NAME"] = "nowhere" });
        Assert.That((await api.GetAsync("/api/v1/sources")).Status, Is.EqualTo(200));
        AssertTellsNothing((await api.GetAsync("/health")).ToString());
        Assert.That(await api.ProblemsAsync(),
            Does.Contain("refuses this process; reads and writes use the main database until it does not. SQLSTATE 3D000: database \"nowhere\" does not "
            + "exist"));
    }

    [Test]
    public async Task A_site_that_main_does_not_let_in_buffers_and_refuses_the_rest_with_503()
    {
        await Site.DisposeAsync();
        await RedisAsync("DEL", "processor");
        var api = await Installation.StartSecondaryAsync(("MAIN_DB_NAME", "nowhere"));
        Assert.That((await api.StartExecutionAsync()).Status, Is.EqualTo(202));
        var refused = await CreateSourceAsync(api, "Refused");
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "main-unreachable")), refused.ToString());
        AssertTellsNothing(refused.ToString());
        await Eventually.TrueAsync(async () => (await api.ProblemsAsync()).Contains("SQLSTATE 3D000", StringComparison.Ordinal),
            "operators are told");
        AssertTellsNothing((await api.GetAsync("/health")).ToString());
    }

    [Test]
    public async Task A_role_that_may_not_write_is_503_and_not_500()
    {
        var role = $"reader_{Guid.NewGuid():n}"[..20];
        await Installation.MainAsync<int>($"create role {role} login password 'reader'; grant select on all tables in schema public to {role}; select 1");
        try
        {
            await using var api = await TestApi.StartAsync(new(Installation.MainSettings()) { ["MAIN_DB_USER"] = role, ["MAIN_DB_PASSWORD"] = "reader" });
            Assert.That((await api.GetAsync("/api/v1/sources")).Status, Is.EqualTo(200));
            var refused = await api.StartExecutionAsync();
            Assert.That(refused.Status, Is.EqualTo(503), refused.ToString());
            Assert.That(refused.Detail, Does.Contain("refuses this process"));
            AssertTellsNothing(refused.ToString());
        }
        finally
        {
            await Installation.MainAsync<int>($"select 1; drop owned by {role}; drop role {role}");
        }
    }

    [Test]
    public async Task A_reader_is_told_of_a_refusal_in_words_of_our_own_and_an_operator_in_the_database_s()
    {
        Servers.Relay.Down();
        await Installation.MainAsync<int>("alter table executed_obs_unit add constraint fault check (obs_unit_id <> 60); select 1");
        var path = $"/api/v1/transactions/{(await Site.StartExecutionAsync(60)).Header("OpsDb-Transaction")}";
        Servers.Relay.Up();
        await Eventually.TrueAsync(async () => (await Main.GetAsync("/api/v1/transactions?state=failed")).Items.Any(), "refused");
        static string Reason(JsonElement transaction) => transaction.GetProperty("refusal").GetProperty("reason").GetString()!;
        Assert.That(Reason((await Main.GetAsync(path)).Body), Is.EqualTo("A value breaks a rule of the main database."));
        Assert.That(Reason((await Main.GetAsync("/api/v1/transactions?state=failed")).Items.Single()),
            Is.EqualTo("A value breaks a rule of the main database."));
        Assert.That(Reason((await Main.GetAsync(path, TestTokens.Admin)).Body), Does.Contain("violates check constraint"));
        Assert.That(Reason((await Main.GetAsync("/api/v1/transactions?state=failed", TestTokens.Admin)).Items.Single()),
            Does.Contain("violates check constraint"));
    }

    [Test]
    public async Task Without_Redis_nobody_is_told_the_name_of_a_class()
    {
        await Servers.RedisServer!.StopAsync();
        try
        {
            var refused = await Site.GetAsync(Lists);
            Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "buffer-unavailable")), refused.ToString());
            AssertTellsNothing(refused.ToString());
            AssertTellsNothing((await Site.GetAsync("/health")).ToString());
        }
        finally
        {
            await Servers.RedisServer!.StartAsync();
        }
    }

    private static void AssertTellsNothing(string answer)
    {
        foreach (var secret in Secrets)
            Assert.That(answer, Does.Not.Contain(secret));
    }
}
