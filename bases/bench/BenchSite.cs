using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;
using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>
/// What is measured: PostgreSQL primary and replica, Redis and the link between, all synced to disk as in production; the data
/// API of the site <c>bench</c> and, when asked for, of a site <c>quiet</c> on the same servers that never has anything pending.
/// </summary>
internal sealed class BenchSite : IAsyncDisposable
{
    public const string Name = "bench";

    /// <summary>Executions that main and replica have before anything is measured.</summary>
    public const int ReplicatedRows = 20_000;

    private static readonly TimeSpan DrainDeadline = TimeSpan.FromMinutes(3);
    private readonly string tokenKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
    private NpgsqlDataSource? mainDatabase;
    private IReadOnlyList<int> units = [];
    private bool isWarm;

    private BenchSite(TestServers servers) => (Servers, Programs) = (servers, new(servers));

    public TestServers Servers { get; }

    public RedisServer Redis => (RedisServer)Servers.RedisServer!;

    public ServedPrograms Programs { get; }

    public Endpoint Api { get; private set; } = null!;

    public Endpoint Floor { get; private set; } = null!;

    public string Token { get; private set; } = "";

    public Load Load { get; private set; } = null!;

    /// <summary>A folder that vanishes with the servers.</summary>
    public string Home => Path.GetDirectoryName(Redis.Data)!;

    /// <param name="folder">Of the data API that prepares the database and serves; null for the one that was built.</param>
    public static async Task<BenchSite> StartAsync(CancellationToken ct, string? folder = null)
    {
        var options = new TestServersOptions { Replica = true, Redis = true, Source = ServerSource.Local, Fsync = true, IsLarge = true };
        var site = new BenchSite(await TestServers.StartAsync(options, ct));
        try
        {
            await site.PrepareAsync(folder, ct);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>The data API of another site on the same servers.</summary>
    /// <param name="folder">Of the program; null for the one that was built.</param>
    public async Task<Endpoint> StartApiAsync(string name, CancellationToken ct, string? folder = null) =>
        await ServeAsync(name, Settings(name), folder, ct) with { Redis = Redis.Process };

    /// <summary>The data API of the main site.</summary>
    /// <param name="name">Of its log.</param>
    /// <param name="withRedis">Whether it has one, in which its events are.</param>
    public Task<Endpoint> StartMainApiAsync(string name, CancellationToken ct, string? folder = null, bool withRedis = false) =>
        ServeAsync(name, withRedis ? MainSettingsWithRedis : MainSettings, folder, ct);

    /// <summary>Runs a background job of the main site once and gives what it says.</summary>
    public async Task<string> RunJobAsync(string job, IReadOnlyDictionary<string, string> more, CancellationToken ct)
    {
        var settings = new Dictionary<string, string>(MainSettings.Concat(more));
        return (await ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-jobs"), "run", job, "--once"], settings, ct: ct)).Output;
    }

    /// <summary>The job that brings main's events into its Redis, until it is stopped.</summary>
    public ServerProcess StartRelayOfEvents()
    {
        var log = Path.Combine(Path.GetDirectoryName(((PostgresServer)Servers.Primary!).Log)!, "relay-of-events.log");
        var process = ServerProcess.Start(log, new Dictionary<string, string>(MainSettingsWithRedis) { ["JOBS_ONLY"] = "relay-events" },
            BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-jobs"), "serve");
        Servers.Watch(process);
        return process;
    }

    /// <summary>Another one, that can be used beside the first.</summary>
    public Load NewLoad() => new(Token, units);

    /// <summary>What the checks of callers are measured with, at main.</summary>
    public Task<Endpoint> StartAccessAsync(CancellationToken ct) =>
        Programs.StartAsync("access", MainSettings, _ => [BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-bench"), "access"], ct);

    /// <summary>The token of a new user.</summary>
    public Task<string> MakeTokenAsync(string user, string role, CancellationToken ct) => MakeTokenAsync(null, user, role, ct);

    /// <summary>The bare endpoint.</summary>
    /// <param name="folder">Of the program; null for the one that runs.</param>
    public Task<Endpoint> StartFloorAsync(CancellationToken ct, string? folder = null) => StartFloorAsync("floor", [], [], folder, ct);

    /// <summary>The bare endpoints that read.</summary>
    public Task<Endpoint> StartBareReadsAsync(CancellationToken ct)
    {
        // As the data API's own.
        const string pool = "Max Auto Prepare=100;Auto Prepare Min Usages=2;No Reset On Close=true";
        return StartFloorAsync("bare-reads", new()
        {
            [FloorCommand.MainVariable] = $"{Servers.Primary!.Application.ToConnectionString()};{pool}",
            [FloorCommand.ReplicaVariable] = $"{Servers.Replica!.Application.ToConnectionString()};{pool}",
        }, ["--reads"], null, ct);
    }

    /// <summary>Lets the compiler do its work on starts, in the API and in the bare endpoint, once.</summary>
    public async Task WarmUpAsync(int count)
    {
        if (isWarm)
            return;
        await Load.CountAsync(count, Floor, Starts.Connections);
        await Load.CountAsync(count, Api, Starts.Connections);
        isWarm = true;
    }

    /// <summary>One value of the main database, past the link.</summary>
    public async Task<T> MainAsync<T>(string sql, CancellationToken ct)
    {
        // Pooled: a drain is looked at often, and each connection takes time that is measured.
        mainDatabase ??= NpgsqlDataSource.Create($"{Servers.Primary!.Owner.ToConnectionString()};Command Timeout=120");
        await using var command = mainDatabase.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Waits until the main database has everything that the site has accepted, and the replica has it too.</summary>
    public Task DrainedAsync(CancellationToken ct) => DrainedAsync(Api, ct);

    /// <param name="api">Of the site.</param>
    public async Task DrainedAsync(Endpoint api, CancellationToken ct)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var stats = await StatsAsync(api, ct);
            if (stats.GetProperty("pending_transactions").GetInt64() == 0 && stats.GetProperty("replica_lag_bytes").GetInt64() == 0)
                return;
            if (TimeProvider.System.GetElapsedTime(started) > DrainDeadline)
                throw new BenchException($"After {DrainDeadline.TotalSeconds} s the main database still does not have everything: {stats}");
            await Task.Delay(50, ct);
        }
    }

    public async Task<long> PendingAsync(CancellationToken ct) => (await StatsAsync(Api, ct)).GetProperty("pending_transactions").GetInt64();

    public async ValueTask DisposeAsync()
    {
        await Programs.DisposeAsync();
        if (mainDatabase is not null)
            await mainDatabase.DisposeAsync();
        await Servers.DisposeAsync();
    }

    private async Task PrepareAsync(string? folder, CancellationToken ct)
    {
        await RunAsync(ApiSettings.WithOwner(MainSettings, Servers.Primary!.Owner), "migrate");
        await RunAsync(MainSettings, "catalogue", "load", BuiltPrograms.Samples);
        Token = await MakeTokenAsync(folder, "bench", "admin", ct);
        await MainAsync<object>(Seed, ct);
        units = await MainAsync<int[]>("select array_agg(id) from (select id from obs_unit order by id limit 8) u", ct);
        Load = new(Token, units);
        Floor = await StartFloorAsync(ct);
        Api = await StartApiAsync(Name, ct, folder);

        Task<string> RunAsync(IReadOnlyDictionary<string, string> settings, params string[] verb) => this.RunAsync(folder, settings, verb, ct);
    }

    private async Task<string> MakeTokenAsync(string? folder, string user, string role, CancellationToken ct) =>
        (await RunAsync(folder, MainSettings, ["tokens", "create", "--name", user, "--user", user, "--role", role, "--kind", "svc"], ct)).Trim();

    private Task<string> RunAsync(string? folder, IReadOnlyDictionary<string, string> settings, string[] verb, CancellationToken ct) =>
        ProgramRun.ReadAsync([BuiltPrograms.Dotnet, In(folder, BuiltPrograms.DataApi), .. verb], settings, ct: ct);

    private Task<Endpoint> ServeAsync(string name, IReadOnlyDictionary<string, string> settings, string? folder, CancellationToken ct) =>
        Programs.StartAsync($"{name}-data-api", settings, _ => [BuiltPrograms.Dotnet, In(folder, BuiltPrograms.DataApi), "serve"], ct);

    private async Task<Endpoint> StartFloorAsync(
        string name, Dictionary<string, string> settings, IReadOnlyList<string> options, string? folder, CancellationToken ct)
    {
        settings[FloorCommand.PasswordVariable] = Servers.Redis.Password;
        IReadOnlyList<string> program = [BuiltPrograms.Dotnet, In(folder, BuiltPrograms.Of("opsdb-bench")), "floor", .. options];
        var floor = await Programs.StartAsync(name, settings, port => [.. program, "--listen", $"{port}", "--redis", $"{Servers.Redis.Port}"], ct);
        return floor with { Redis = Redis.Process };
    }

    // Older than everything that is measured, and with another unit.
    private static readonly string Seed = string.Create(CultureInfo.InvariantCulture,
        $"""
        insert into executed_obs_unit
               (id, obs_unit_id, status, start_time, end_time, comment, version, created_at, created_by, modified_at, modified_by, transaction_id)
        select gen_random_uuid(), (select min(id) from obs_unit), 'completed', timestamptz '2026-01-01Z' + n * interval '1 minute',
               timestamptz '2026-01-01Z' + n * interval '1 minute', 'seed', 1, now(), 'bench', now(), 'bench', gen_random_uuid()
        from generate_series(1, {ReplicatedRows}) n;
        analyze executed_obs_unit;
        select 1
        """);

    private async Task<JsonElement> StatsAsync(Endpoint api, CancellationToken ct)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{api.Port}/buffer-stats")
        {
            Headers = { Authorization = new("Bearer", Token) },
        };
        using var response = await http.SendAsync(request, ct);
        return JsonSerializer.Deserialize<JsonElement>(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(ct));
    }

    private static string In(string? folder, string program) => folder is null ? program : Path.Combine(folder, Path.GetFileName(program));

    private Dictionary<string, string> MainSettings => Unlimited(ApiSettings.Of("main", tokenKey, Servers.Primary!.Application));

    // The site has the database 0.
    private Dictionary<string, string> MainSettingsWithRedis =>
        new(Unlimited(ApiSettings.Of("main", tokenKey, Servers.Primary!.Application, redis: Servers.Redis))) { ["REDIS_DB"] = "1" };

    private Dictionary<string, string> Settings(string name) => Unlimited(
        ApiSettings.Of(name, tokenKey, Servers.Primary!.Application with { Port = Servers.Relay.Port }, Servers.Replica!.Application, Servers.Redis));

    /// <summary>One token asks as often as it can.</summary>
    private static Dictionary<string, string> Unlimited(Dictionary<string, string> settings) => new(settings) { ["HTTP_ACTOR_RATE"] = "0" };
}
