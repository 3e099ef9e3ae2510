using Npgsql;
using OpsDb.Servers;
using OpsDb.Stack;
using OpsDb.SystemTests.Servers;

namespace OpsDb.SystemTests.Stack;

/// <summary>A stack whose servers are containers. Skipped where no engine runs.</summary>
public sealed class ContainerStackTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private readonly StackHome home = new(Directory.CreateTempSubdirectory("opsdb-stack-").FullName);

    private readonly string portBase = $"{FreePorts.Base()}";

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
            await RunAsync("stop");
        await StackContainer.RemoveDataAsync(home, CancellationToken.None);
        Directory.Delete(home.Folder, recursive: true);
    }

    [Test]
    public async Task Data_outlive_the_containers_until_a_fresh_start()
    {
        await UpAsync();
        await QueryAsync(Postgres.Primary, "create table kept (n int)");
        await Eventually.IsTrueAsync(() => HasTableAsync(Postgres.Replica), "the replica follows through the relay");
        Assert.That(await RedisAsync("SET kept yes"), Does.StartWith("+OK"));
        await SucceedsAsync("stop");
        Assert.That(StackHome.Read<StackFile>(home.Stack), Is.Null);

        await UpAsync();
        Assert.That(await HasTableAsync(Postgres.Primary), Is.True);
        Assert.That(await RedisAsync("GET kept"), Does.Contain("yes"));
        await QueryAsync(Postgres.Primary, "drop table kept");
        await Eventually.IsTrueAsync(async () => !await HasTableAsync(Postgres.Replica), "the replica follows again");
        await SucceedsAsync("stop");

        await UpAsync("--fresh");
        Assert.That(await RedisAsync("GET kept"), Does.Not.Contain("yes"));
    }

    private StackPostgres Postgres => home.RequireStack().Postgres;

    private async Task UpAsync(params string[] more) => await SucceedsAsync(["up", "--detach", "--without-apis", "--port-base", portBase, .. more]);

    private Task<string> RedisAsync(string command) => RedisText.AskAsync(RedisAddress.Parse(home.RequireStack().Redis.Observatory, "Redis"), command);

    private static async Task<bool> HasTableAsync(string server) => await QueryAsync(server, "select to_regclass('kept') is not null") is true;

    private static async Task<object?> QueryAsync(string server, string sql)
    {
        await using var connection = new NpgsqlConnection($"{PostgresAddress.Parse(server, "PostgreSQL").ToConnectionString()};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private async Task SucceedsAsync(params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.That(run.ExitCode, Is.Zero, () => $"{string.Join(' ', arguments)}: {run.Output}{run.Errors}{Logs()}");
    }

    private string Logs() =>
        string.Join('\n', Directory.GetFiles(Path.Combine(home.Folder, "log")).Select(f => $"\n{Path.GetFileName(f)}:\n{File.ReadAllText(f)}"));

    private async Task<ProgramRun> RunAsync(params string[] arguments)
    {
        var environment = new Dictionary<string, string>
        {
            [StackHome.Setting] = home.Folder,
            [ServerSources.Setting] = "containers",
            ["OPSDB_POSTGRES_PRIMARY"] = "",
            ["OPSDB_POSTGRES_REPLICA"] = "",
            ["OPSDB_REDIS"] = "",
        };
        using var deadline = new CancellationTokenSource(Deadline);
        return await ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-stack"), .. arguments], environment, ct: deadline.Token);
    }
}
