using OpsDb.Servers;
using OpsDb.Stack;
using OpsDb.SystemTests.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Stack;

/// <summary>A stack whose servers are containers. Skipped where no engine runs.</summary>
public sealed class ContainerStackTests
{
    private readonly StackHome home = new(Directory.CreateTempSubdirectory("opsdb-stack-").FullName);
    private readonly string portBase = $"{FreePorts.Base()}";

    private StackProgram Stack => new(home) { InContainers = true };

    [SetUp]
    public void CreateHome()
    {
        if (ContainerEngine.WhyNot() is { } reason)
            Assert.Ignore($"Without containers: {reason}");
        home.Create();
    }

    [TearDown]
    public async Task StopAndRemove()
    {
        if (File.Exists(home.Processes))
            await Stack.RunAsync("stop");
        await StackContainer.RemoveDataAsync(home, CancellationToken.None);
        Directory.Delete(home.Folder, recursive: true);
    }

    [Test]
    public async Task Data_outlive_the_containers_until_a_fresh_start()
    {
        await UpAsync();
        await Address(Postgres.Primary).ExecuteAsync("create table kept (n int)");
        await Eventually.TrueAsync(() => HasTableAsync(Postgres.Replica), "the replica follows through the relay");
        Assert.That(await RedisAsync("SET kept yes"), Does.StartWith("+OK"));
        await Stack.SucceedsAsync("stop");
        Assert.That(StackHome.Read<StackFile>(home.Stack), Is.Null);

        await UpAsync();
        Assert.That(await HasTableAsync(Postgres.Primary), Is.True);
        Assert.That(await RedisAsync("GET kept"), Does.Contain("yes"));
        await Address(Postgres.Primary).ExecuteAsync("drop table kept");
        await Eventually.TrueAsync(async () => !await HasTableAsync(Postgres.Replica), "the replica follows again");
        await Stack.SucceedsAsync("stop");

        await UpAsync("--fresh");
        Assert.That(await RedisAsync("GET kept"), Does.Not.Contain("yes"));
    }

    private StackPostgres Postgres => home.RequireStack().Postgres;

    private async Task UpAsync(params string[] more) => await Stack.SucceedsAsync(["up", "--detach", "--without-apis", "--port-base", portBase, .. more]);

    private Task<string> RedisAsync(string command) => RedisText.AskAsync(RedisAddress.Parse(home.RequireStack().Redis.Observatory, "Redis"), command);

    private static Task<bool> HasTableAsync(string server) => Address(server).QueryAsync<bool>("select to_regclass('kept') is not null");

    private static PostgresAddress Address(string server) => PostgresAddress.Parse(server, "PostgreSQL");
}
