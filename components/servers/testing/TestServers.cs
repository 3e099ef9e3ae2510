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

    /// <summary>The size of a small disk for the primary's data, megabytes; null for the common one.</summary>
    public int? PrimaryDiskMegabytes { get; init; }

    /// <summary>The same for Redis.</summary>
    public int? RedisDiskMegabytes { get; init; }

    /// <summary>Called with each process that is watched, as soon as it runs.</summary>
    public Action<ServerProcess>? Started { get; init; }

    /// <summary>Servers of our own even if the environment names others, because the tests stop, freeze or kill them.</summary>
    public bool Own { get; init; }
}

/// <summary>
/// Servers for a test run: those named by <c>OPSDB_TEST_POSTGRES</c> (a superuser) and <c>OPSDB_TEST_REDIS</c>, else new ones on
/// free ports in a temporary folder. Everything ends and is removed with it, also when the test host is killed.
/// </summary>
public sealed class TestServers : IAsyncDisposable
{
    // The write-ahead log alone would fill a small disk otherwise.
    private static readonly Dictionary<string, string> Unlimited = [], Small = new() { ["max_wal_size"] = "128MB", ["min_wal_size"] = "64MB" };

    private readonly ServerPasswords _passwords = ServerPasswords.Create();
    private readonly TestServersOptions _options;
    private Watchdog? _watchdog;
    private string? _home;

    private TestServers(TestServersOptions options) => _options = options;

    /// <summary>A superuser on the primary, past the relay.</summary>
    public PostgresAddress Postgres { get; private set; } = null!;

    /// <summary>The same, through the relay.</summary>
    public PostgresAddress PostgresThroughRelay => Postgres with { Host = "127.0.0.1", Port = Relay.Port };

    /// <summary>A superuser on the replica.</summary>
    public PostgresAddress PostgresReplica => Replica?.Admin ?? throw new InvalidOperationException("No replica was asked for.");

    public RedisAddress Redis { get; private set; } = null!;

    /// <summary>The link to the primary; the replica follows through it.</summary>
    public Relay Relay { get; private set; } = null!;

    /// <summary>Null when the environment names the server.</summary>
    public PostgresServer? Primary { get; private set; }

    public PostgresServer? Replica { get; private set; }

    /// <summary>Null when the environment names the server.</summary>
    public RedisServer? RedisServer { get; private set; }

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
        if (_home is not null)
            ServersHome.Delete(_home);
        _watchdog?.Dispose();
    }

    /// <summary>Starts one more replica, with a disk like the primary's, which follows it past the relay. It belongs to the caller.</summary>
    public async Task<PostgresServer> StartStandbyAsync(string name, CancellationToken ct = default)
    {
        var standby = new PostgresServer(PrimaryOptions(name) with { Source = new(Primary!.Replication, name) }) { Started = Watch };
        await standby.StartAsync(ct);
        return standby;
    }

    private async Task StartPostgresAsync(CancellationToken ct)
    {
        if (!_options.Primary && !_options.Replica)
            return;
        if (Setting("OPSDB_TEST_POSTGRES") is { } text && !_options.Replica)
        {
            Postgres = PostgresAddress.Parse(text, "OPSDB_TEST_POSTGRES");
        }
        else
        {
            Primary = new(PrimaryOptions("primary")) { Started = Watch };
            await Primary.StartAsync(ct);
            Postgres = Primary.Admin;
        }

        Relay = Relay.Start(Ports.Next(), Postgres.Host, Postgres.Port);
        if (!_options.Replica || Primary is null)
            return;
        var source = Primary.Replication with { Port = Relay.Port };
        Replica = new(Options("replica") with { Source = new(source, "replica") }) { Started = Watch };
        await Replica.StartAsync(ct);
    }

    private async Task StartRedisAsync(CancellationToken ct)
    {
        if (!_options.Redis)
            return;
        if (Setting("OPSDB_TEST_REDIS") is { } text)
        {
            Redis = RedisAddress.Parse(text, "OPSDB_TEST_REDIS");
            return;
        }

        RedisServer = new(new() { Home = Home(), Port = Ports.Next(), Passwords = _passwords, DiskMegabytes = _options.RedisDiskMegabytes }) { Started = Watch };
        await RedisServer.StartAsync(ct);
        Redis = RedisServer.Address;
    }

    /// <summary>Ends this process, too, when the test host is killed.</summary>
    public void Watch(ServerProcess process)
    {
        // Known only now: the data may have had to go elsewhere.
        foreach (var folder in ServersHome.Folders(Home()))
            _watchdog?.WatchFolder(folder);
        _watchdog?.Watch(process);
        _options.Started?.Invoke(process);
    }

    private string? Setting(string name) =>
        !_options.Own && Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private PostgresOptions PrimaryOptions(string name) =>
        Options(name) with { DiskMegabytes = _options.PrimaryDiskMegabytes, Settings = _options.PrimaryDiskMegabytes is null ? Unlimited : Small };

    private PostgresOptions Options(string name) =>
        new() { Name = name, Home = Home(), Port = Ports.Next(), Passwords = _passwords, Fsync = _options.Fsync };

    private string Home()
    {
        lock (_passwords)
        {
            if (_home is not null)
                return _home;
            _home = Directory.CreateTempSubdirectory("opsdb-test-").FullName;
            ServersHome.Create(_home);
            _watchdog = new();
            _watchdog.WatchFolder(_home);
            return _home;
        }
    }
}
