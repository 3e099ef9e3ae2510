namespace OpsDb.Servers;

/// <summary>What a test run needs.</summary>
public sealed record TestServersOptions
{
    /// <summary>A PostgreSQL primary.</summary>
    public bool Primary { get; init; } = true;

    /// <summary>A replica that follows the primary through the relay; implies servers of our own.</summary>
    public bool Replica { get; init; }

    /// <summary>A Redis server.</summary>
    public bool Redis { get; init; }

    /// <summary>PostgreSQL syncs to disk, as it does where its data matter.</summary>
    public bool Fsync { get; init; }

    /// <summary>The size of a small disk for the primary's data, megabytes; null for the common one. Of programs of this machine only.</summary>
    public int? PrimaryDiskMegabytes { get; init; }

    /// <summary>The same for Redis.</summary>
    public int? RedisDiskMegabytes { get; init; }

    /// <summary>PostgreSQL has the memory and the log that docs/operations.md recommends for many files.</summary>
    public bool IsLarge { get; init; }

    /// <summary>Called with each process that is watched, as soon as it runs.</summary>
    public Action<ServerProcess>? Started { get; init; }

    /// <summary>Servers of our own even if the environment names others, because the tests stop, freeze or kill them.</summary>
    public bool Own { get; init; }

    /// <summary>
    /// What the servers of our own are, whatever <c>OPSDB_SERVERS</c> says: programs of this machine, say, whose processes, files and
    /// disks are used. Implies <see cref="Own"/>; null leaves it to <see cref="ServerSources"/>.
    /// </summary>
    public ServerSource? Source { get; init; }
}

/// <summary>
/// Servers for a test run: those named by <c>OPSDB_TEST_POSTGRES</c> (a superuser) and <c>OPSDB_TEST_REDIS</c>, else new ones on
/// free ports: programs of this machine with a temporary folder, or containers (<see cref="ServerSources"/>). Everything ends and
/// is removed with it, also when the test host is killed.
/// </summary>
public sealed class TestServers : IAsyncDisposable
{
    private static readonly Dictionary<string, string> Unlimited = [];

    // The write-ahead log alone would fill a small disk otherwise.
    private static readonly Dictionary<string, string> Small = new() { ["max_wal_size"] = "128MB", ["min_wal_size"] = "64MB" };

    private static readonly Dictionary<string, string> Large = new()
    {
        ["shared_buffers"] = "2GB",
        ["max_wal_size"] = "16GB",
        ["checkpoint_timeout"] = "15min",
        ["wal_compression"] = "lz4",
    };

    private readonly ServerPasswords passwords = ServerPasswords.Create();
    private readonly TestServersOptions options;
    private Watchdog? watchdog;
    private string? home;

    private TestServers(TestServersOptions options) => this.options = options;

    /// <summary>A superuser on the primary, past the relay.</summary>
    public PostgresAddress Postgres { get; private set; } = null!;

    /// <summary>The same, through the relay.</summary>
    public PostgresAddress PostgresThroughRelay => Postgres with { Host = $"{Relay.Address}", Port = Relay.Port };

    /// <summary>A superuser on the replica.</summary>
    public PostgresAddress PostgresReplica => Replica?.Admin ?? throw new InvalidOperationException("No replica was asked for.");

    public RedisAddress Redis { get; private set; } = null!;

    /// <summary>The link to the primary; the replica follows through it.</summary>
    public Relay Relay { get; private set; } = null!;

    /// <summary>Null when the environment names the server.</summary>
    public IPostgresServer? Primary { get; private set; }

    public IPostgresServer? Replica { get; private set; }

    /// <summary>Null when the environment names the server.</summary>
    public IRedisServer? RedisServer { get; private set; }

    /// <exception cref="ServersException">A server cannot be found or started.</exception>
    public static async Task<TestServers> StartAsync(TestServersOptions? options = null, CancellationToken ct = default)
    {
        var servers = new TestServers(options ?? new());
        try
        {
            // Redis needs nothing of PostgreSQL: both start at once.
            await Task.WhenAll(servers.StartPostgresAsync(ct), servers.StartRedisAsync(ct));
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Relay is not null)
            await Relay.DisposeAsync();
        if (Replica is not null)
            await Replica.DisposeAsync();
        if (Primary is not null)
            await Primary.DisposeAsync();
        if (RedisServer is not null)
            await RedisServer.DisposeAsync();
        if (home is not null)
            ServersHome.Delete(home);
        watchdog?.Dispose();
    }

    /// <summary>Starts one more replica here, with a disk like the primary's, which follows it past the relay. It belongs to the caller.</summary>
    public async Task<PostgresServer> StartStandbyAsync(string name, CancellationToken ct = default)
    {
        var standby = new PostgresServer(PrimaryOptions(name, ServerSource.Local) with { Source = new(Primary!.Replication, name) }) { Started = Watch };
        await standby.StartAsync(ct);
        return standby;
    }

    private async Task StartPostgresAsync(CancellationToken ct)
    {
        if (!options.Primary && !options.Replica)
            return;
        if (Setting("OPSDB_TEST_POSTGRES") is { } text && !options.Replica)
        {
            Postgres = PostgresAddress.Parse(text, "OPSDB_TEST_POSTGRES");
            Relay = Relay.Start(Ports.Next(), Postgres.Host, Postgres.Port);
            return;
        }

        var source = options.Source ?? await ServerSources.ForPostgresAsync(ct);
        Primary = Create(source, PrimaryOptions("primary", source));
        await Primary.StartAsync(ct);
        Postgres = Primary.Admin;
        Relay = Relay.Start(Ports.Next(), Postgres.Host, Postgres.Port, source == ServerSource.Containers ? await ContainerEngine.FindMachineAsync(ct) : null);
        if (!options.Replica)
            return;
        Replica = Create(source, Options("replica", source) with { Source = new(Primary.Replication with { Port = Relay.Port }, "replica") });
        await Replica.StartAsync(ct);
    }

    private async Task StartRedisAsync(CancellationToken ct)
    {
        if (!options.Redis)
            return;
        if (Setting("OPSDB_TEST_REDIS") is { } text)
        {
            Redis = RedisAddress.Parse(text, "OPSDB_TEST_REDIS");
            return;
        }

        var source = options.Source ?? await ServerSources.ForRedisAsync(ct);
        var redis = new RedisOptions { Home = Home(source), Port = Ports.Next(), Passwords = passwords, DiskMegabytes = options.RedisDiskMegabytes };
        RedisServer = source == ServerSource.Local ? new RedisServer(redis) { Started = Watch } : new ContainerRedis(redis);
        await RedisServer.StartAsync(ct);
        Redis = RedisServer.Address;
    }

    /// <summary>Ends this process, too, when the test host is killed.</summary>
    public void Watch(ServerProcess process)
    {
        // Known only now: the data may have had to go elsewhere.
        foreach (var folder in ServersHome.Folders(Home(ServerSource.Local)))
            watchdog?.WatchFolder(folder);
        watchdog?.Watch(process);
        options.Started?.Invoke(process);
    }

    private string? Setting(string name) =>
        !options.Own && options.Source is null && Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private IPostgresServer Create(ServerSource source, PostgresOptions postgres) =>
        source == ServerSource.Local ? new PostgresServer(postgres) { Started = Watch } : new ContainerPostgres(postgres);

    private PostgresOptions PrimaryOptions(string name, ServerSource source) =>
        options.PrimaryDiskMegabytes is { } size ? Options(name, source) with { DiskMegabytes = size, Settings = Small } : Options(name, source);

    private PostgresOptions Options(string name, ServerSource source) =>
        new()
        {
            Name = name,
            Home = Home(source),
            Port = Ports.Next(),
            Passwords = passwords,
            Fsync = options.Fsync,
            Settings = options.IsLarge ? Large : Unlimited,
        };

    // A container needs no folder of this machine.
    private string Home(ServerSource source)
    {
        if (source == ServerSource.Containers)
            return "";
        lock (passwords)
        {
            if (home is not null)
                return home;
            home = Directory.CreateTempSubdirectory("opsdb-test-").FullName;
            ServersHome.Create(home);
            watchdog = new();
            watchdog.WatchFolder(home);
            return home;
        }
    }
}
