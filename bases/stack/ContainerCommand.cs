using System.CommandLine;
using OpsDb.Cli;
using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>
/// A server in a container, owned by a process of its own, so that the stack starts, watches and ends it like every other: the
/// container is there as long as the process.
/// </summary>
internal static class ContainerCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = $"{StackContainer.Primary}, {StackContainer.Replica} or {StackContainer.Redis}." };
        var port = new Option<int>("--port") { Description = "The port of this machine.", Required = true };
        var source = new Option<int?>("--source") { Description = "The port at which a replica reaches its primary." };
        return new Command("container", "Run a server in a container.") { name, port, source }
            .Does((r, ct) => RunAsync(r.GetRequiredValue(name), r.GetRequiredValue(port), r.GetValue(source), ct));
    }

    private static async Task RunAsync(string name, int port, int? source, CancellationToken ct)
    {
        var home = StackHome.Find();
        var container = new StackContainer(home, name);
        await using var server = Create(container, home, port, source);
        await server.StartAsync(ct);
        await File.WriteAllTextAsync(container.ReadyFile, "", ct);
        try
        {
            await server.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            // The stack ends it.
        }
        finally
        {
            File.Delete(container.ReadyFile);
        }
    }

    private static ContainerServer Create(StackContainer container, StackHome home, int port, int? source)
    {
        var passwords = ServerPasswords.LoadOrCreate(home.Passwords);
        if (container.Name == StackContainer.Redis)
            return new ContainerRedis(new() { Home = home.Folder, Port = port, Passwords = passwords }, container.Volume);
        var options = new PostgresOptions { Name = container.Name, Home = home.Folder, Port = port, Passwords = passwords };
        if (source is { } sourcePort)
        {
            var primary = OutsideServers.FromEnvironment().Primary ?? new PostgresServer(options).Replication;
            options = options with { Source = new(primary with { Port = sourcePort }, StackServers.Slot) };
        }

        return new ContainerPostgres(options, container.Volume);
    }
}
