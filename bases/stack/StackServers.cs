using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>The running servers, as the APIs see them.</summary>
/// <param name="Owner">Who migrates the primary.</param>
internal sealed record ServerAddresses(
    PostgresAddress Owner, PostgresAddress Primary, PostgresAddress PrimaryOverLink, PostgresAddress Replica, RedisAddress Redis);

/// <summary>Starts the servers and the link between the sites.</summary>
internal sealed class StackServers(StackHome home, StackPorts ports, OutsideServers outside, StackProcesses processes)
{
    private static readonly TimeSpan RelayDeadline = TimeSpan.FromSeconds(20);

    public string LinkControl => $"http://127.0.0.1:{ports.LinkControl}";

    public async Task<ServerAddresses> StartAsync(CancellationToken ct)
    {
        var passwords = ServerPasswords.LoadOrCreate(home.Passwords);
        var (owner, primary, replication) = await StartPrimaryAsync(passwords, ct);
        var redis = await StartRedisAsync(passwords, ct);
        await StartRelayAsync(primary, ct);
        var overLink = primary with { Host = "127.0.0.1", Port = ports.Link };
        var replica = outside.Replica ?? await StartReplicaAsync(passwords, replication with { Host = "127.0.0.1", Port = ports.Link }, overLink, ct);
        return new(owner, primary, overLink, replica, redis);
    }

    private async Task<(PostgresAddress Owner, PostgresAddress Application, PostgresAddress Replication)> StartPrimaryAsync(
        ServerPasswords passwords, CancellationToken ct)
    {
        if (outside.Primary is { } address)
            return (address, address, address);
        var server = new PostgresServer(new() { Name = "primary", Home = home.Folder, Port = ports.Primary, Passwords = passwords })
        {
            Started = process => processes.Add("primary", process, interrupt: true),
        };
        await server.StartAsync(ct);
        await server.SplitRolesAsync(ct);
        return (server.Owner, server.Application, server.Replication);
    }

    private async Task<PostgresAddress> StartReplicaAsync(
        ServerPasswords passwords, PostgresAddress source, PostgresAddress application, CancellationToken ct)
    {
        var options = new PostgresOptions
        {
            Name = "replica",
            Home = home.Folder,
            Port = ports.Replica,
            Passwords = passwords,
            Source = new(source, "observatory"),
        };
        await new PostgresServer(options) { Started = process => processes.Add("replica", process, interrupt: true) }.StartAsync(ct);
        // The roles are the primary's, whoever made them.
        return application with { Port = ports.Replica };
    }

    private async Task<RedisAddress> StartRedisAsync(ServerPasswords passwords, CancellationToken ct)
    {
        if (outside.Redis is { } address)
            return address;
        var server = new RedisServer(new() { Home = home.Folder, Port = ports.Redis, Passwords = passwords })
        {
            Started = process => processes.Add("redis", process),
        };
        await server.StartAsync(ct);
        return server.Address;
    }

    private async Task StartRelayAsync(PostgresAddress target, CancellationToken ct)
    {
        var process = ServerProcess.Start(
            home.Log("relay"),
            null,
            BuiltPrograms.Dotnet,
            BuiltPrograms.Of("opsdb-stack"),
            "relay",
            "--listen",
            $"{ports.Link}",
            "--control",
            $"{ports.LinkControl}",
            "--target",
            $"{target.Host}:{target.Port}");
        processes.Add("relay", process);
        await Readiness.WaitAsync(new($"{LinkControl}/status"), "relay", process, home.Log("relay"), RelayDeadline, ct);
    }
}
