using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Servers;

/// <summary>What PostgreSQL logs tells what went wrong and nothing of what is stored.</summary>
public sealed class LogPrivacyTests
{
    [Test]
    public async Task A_refused_row_is_logged_without_its_values()
    {
        var primary = (PostgresServer)AssemblyServers.Servers.Primary!;
        var (table, value) = ($"t_{Guid.NewGuid():n}", $"value-{Guid.NewGuid():n}");
        await primary.QueryAsync($"create table {table} (name text constraint {table}_key unique); insert into {table} values ('{value}')");
        await Assert.ThatAsync(async () => await primary.QueryAsync($"insert into {table} values ('{value}')"), Throws.InstanceOf<ServersException>());
        await Eventually.TrueAsync(async () => (await File.ReadAllTextAsync(primary.Log)).Contains($"{table}_key", StringComparison.Ordinal), "it is logged");
        Assert.That(await File.ReadAllTextAsync(primary.Log), Does.Not.Contain(value));
    }

    [Test]
    public void Logs_are_their_owners_alone()
    {
        var log = ((PostgresServer)AssemblyServers.Servers.Primary!).Log;
        Assert.That(File.GetUnixFileMode(Path.GetDirectoryName(log)!), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(File.GetUnixFileMode(log), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }
}
