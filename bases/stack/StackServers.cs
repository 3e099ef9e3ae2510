using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>The running servers, as the APIs see them.</summary>
/// <param name="Owner">Who migrates the primary.</param>
internal sealed record ServerAddresses(
    PostgresAddress Owner, PostgresAddress Primary, PostgresAddress PrimaryOverLink, PostgresAddress Replica, RedisAddress Redis);

/// <summary>Starts the servers and the link between the sites.</summary>
internal sealed class StackServers(StackHome home, StackPorts ports, OutsideServers outside, StackProcesses processes)
{
    /// <summary>The replica's slot.</summary>
    public const string Slot = "observatory";

    private const string Loopback = "127.0.0.1";

    private static readonly TimeSpan RelayDeadline = TimeSpan.FromSeconds(20);

    public string LinkControl => $"http://{Loopback}:{ports.LinkControl}";

    public async Task<ServerAddresses> StartAsync(CancellationToken ct)
    {
        var passwords = ServerPasswords.LoadOrCreate(home.Passwords);
        var source = outside is { Primary: not null, Replica: not null } ? ServerSource.Local : await ServerSources.ForPostgresAsync(ct);
        var (owner, primary, replication) = await StartPrimaryAsync(source, passwords, ct);
        var redis = await StartRedisAsync(passwords, ct);
        var link = source == ServerSource.Containers ? $"{await ContainerEngine.FindMachineAsync(ct)}" : Loopback;
        await StartRelayAsync(link, primary, ct);
        var overLink = primary with { Host = link, Port = ports.Link };
        var replica = outside.Replica ?? await StartReplicaAsync(source, passwords, replication with { Host = link, Port = ports.Link }, primary, ct);
        return new(owner, primary, overLink, replica, redis);
    }

    private async Task<(PostgresAddress Owner, PostgresAddress Application, PostgresAddress Replication)> StartPrimaryAsync(
        ServerSource source, ServerPasswords passwords, CancellationToken ct)
    {
        if (outside.Primary is { } address)
            return (address, address, address);
        var server = new PostgresServer(new() { Name = StackContainer.Primary, Home = home.Folder, Port = ports.Primary, Passwords = passwords })
        {
            Started = process => processes.Add(StackContainer.Primary, process, interrupt: true),
        };
        if (source == ServerSource.Containers)
        {
            await new StackContainer(home, StackContainer.Primary).StartAsync(processes, ct, "--port", $"{ports.Primary}");
        }
        else
        {
            await server.StartAsync(ct);
            await server.SplitRolesAsync(ct);
        }

        return (server.Owner, server.Application, server.Replication);
    }

    private async Task<PostgresAddress> StartReplicaAsync(
        ServerSource source, ServerPasswords passwords, PostgresAddress primary, PostgresAddress application, CancellationToken ct)
    {
        if (source == ServerSource.Containers)
        {
            await new StackContainer(home, StackContainer.Replica).StartAsync(processes, ct, "--port", $"{ports.Replica}", "--source", $"{ports.Link}");
        }
        else
        {
            var options = new PostgresOptions
            {
                Name = StackContainer.Replica,
                Home = home.Folder,
                Port = ports.Replica,
                Passwords = passwords,
                Source = new(primary, Slot),
            };
            await new PostgresServer(options) { Started = process => processes.Add(StackContainer.Replica, process, interrupt: true) }.StartAsync(ct);
        }

        // The roles are the primary's, whoever made them.
        return application with { Host = Loopback, Port = ports.Replica };
    }

    private async Task<RedisAddress> StartRedisAsync(ServerPasswords passwords, CancellationToken ct)
    {
        if (outside.Redis is { } address)
            return address;
        var server = new RedisServer(new() { Home = home.Folder, Port = ports.Redis, Passwords = passwords, Restricted = true })
        {
            Started = process => processes.Add(StackContainer.Redis, process),
        };
        if (await ServerSources.ForRedisAsync(ct) == ServerSource.Containers)
            await new StackContainer(home, StackContainer.Redis).StartAsync(processes, ct, "--port", $"{ports.Redis}");
        else
            await server.StartAsync(ct);
        return server.Address;
    }

    private async Task StartRelayAsync(string address, PostgresAddress target, CancellationToken ct)
    {
        var command = await BuiltPrograms.AsServerAsync(
            BuiltPrograms.Of("opsdb-stack"), ct,
            "relay", "--listen", $"{ports.Link}", "--address", address, "--control", $"{ports.LinkControl}", "--target", $"{target.Host}:{target.Port}");
        var process = ServerProcess.Start(home.Log("relay"), null, command[0], command.Skip(1));
        processes.Add("relay", process);
        await Readiness.WaitAsync(new($"{LinkControl}/status"), "relay", process, home.Log("relay"), RelayDeadline, ct);
    }
}
