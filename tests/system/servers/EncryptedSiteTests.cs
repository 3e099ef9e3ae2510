using OpsDb.DataApi;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Servers;

/// <summary>A secondary site, its databases, their replication and its Redis, all over TLS with checked certificates.</summary>
public sealed class EncryptedSiteTests
{
    private readonly TestAuthority authority = new(), stranger = new();
    private readonly ServerPasswords passwords = ServerPasswords.Create();
    private readonly string home = Directory.CreateTempSubdirectory("opsdb-tls-").FullName;
    private PostgresServer primary = null!, replica = null!;
    private RedisServer redis = null!;

    [SetUp]
    public async Task Start()
    {
        ServersHome.Create(home);
        var options = new PostgresOptions
        {
            Name = "primary",
            Home = home,
            Port = Ports.Next(),
            Passwords = passwords,
            Fsync = false,
            Tls = authority.Server()
        };
        primary = new(options) { Started = AssemblyServers.Servers.Watch };
        redis = new(new() { Home = home, Port = Ports.Next(), Passwords = passwords, Tls = authority.Server() }) { Started = AssemblyServers.Servers.Watch };
        await primary.StartAsync();
        replica = new(options with
        {
            Name = "replica",
            Port = Ports.Next(),
            Source = new(primary.Replication, "replica") { Authority = authority.AuthorityFile }
        })
        {
            Started = AssemblyServers.Servers.Watch,
        };
        await replica.StartAsync();
        await redis.StartAsync();
    }

    [TearDown]
    public async Task Stop()
    {
        foreach (var server in (IAsyncDisposable?[])[redis, replica, primary])
        {
            if (server is not null)
                await server.DisposeAsync();
        }

        ServersHome.Delete(home);
        authority.Dispose();
        stranger.Dispose();
    }

    [Test]
    public async Task A_site_records_and_replicates_over_TLS_alone()
    {
        Assert.That((await ApiProcess.RunAsync(ApiSettings.WithOwner(Settings(), primary.Owner), "migrate")).ExitCode, Is.Zero);
        foreach (var settings in (Dictionary<string, string>[])[WithCertificate(), Settings()])
            Assert.That((await ApiProcess.RunAsync(settings, "config", "check", "--connect")).Errors, Is.Empty);
        const string sessions = "pg_stat_ssl s join pg_stat_activity a using (pid)";
        Assert.That(await primary.QueryAsync($"select bool_and(s.ssl) from {sessions} where a.backend_type = 'walsender'"), Is.EqualTo("t"));
        await DataApiBase.LoadCatalogueAsync(TestApi.Read(Settings()), BuiltPrograms.Samples, CancellationToken.None);
        await TestTokens.Observer.MakeAsync(TestApi.Read(Settings()));
        await using var api = await TestApi.StartAsync(Settings());
        // The token comes by replication.
        await Eventually.TrueAsync(async () => (await api.GetAsync("/api/v1/obs-units?limit=1", TestTokens.Observer)).Status == 200,
            "the replica has the token");
        Assert.That((await api.StartExecutionAsync()).Status, Is.EqualTo(202));
        await Eventually.TrueAsync(async () => await primary.QueryAsync("select count(*) from executed_obs_unit") == "1", "the execution is on main");
        Assert.That(await primary.QueryAsync($"select count(*) from {sessions} where a.usename = 'opsdb' and not s.ssl"), Is.EqualTo("0"));
    }

    [Test]
    public async Task A_certificate_of_another_authority_is_refused_and_named()
    {
        Assert.That((await ApiProcess.RunAsync(ApiSettings.WithOwner(Settings(), primary.Owner), "migrate")).ExitCode, Is.Zero);
        var check = await ApiProcess.RunAsync(Settings(stranger), "config", "check", "--connect");
        Assert.That(check.ExitCode, Is.EqualTo(1));
        Assert.That(check.Errors, Does.Contain("MAIN_DB: its certificate is not accepted")
            .And.Contain("LOCAL_DB: its certificate is not accepted").And.Contain("REDIS: ").And.Not.Contain("   at "));
        await using var api = await TestApi.StartUnreadyAsync(Settings(stranger));
        var answer = await api.GetAsync("/api/v1/obs-units", TestTokens.Observer);
        Assert.That((answer.Status, answer.Problem), Is.EqualTo((503, "local-database-unreachable")), answer.ToString());
        Assert.That(answer.Detail, Does.Contain("certificate is not accepted"));
    }

    [Test]
    public async Task A_certificate_for_another_name_is_refused()
    {
        var settings = Settings();
        settings["REDIS_TLS_SERVER_NAME"] = "redis.example";
        (settings["MAIN_DB_HOST"], settings["MAIN_DB_SSL_MODE"]) = ("localhost", "verify-full");
        var check = await ApiProcess.RunAsync(settings, "config", "check", "--connect");
        Assert.That(check.Errors, Does.Contain("MAIN_DB: ").And.Contain("REDIS: ").And.Not.Contain("LOCAL_DB"));
    }

    [Test]
    public async Task Plain_connections_are_refused()
    {
        var settings = Settings();
        foreach (var name in settings.Keys.Where(k => k.Contains("SSL", StringComparison.Ordinal)
            || k.StartsWith("REDIS_TLS", StringComparison.Ordinal)).ToList())
            settings.Remove(name);
        (settings["MAIN_DB_SSL_MODE"], settings["LOCAL_DB_SSL_MODE"]) = ("disable", "disable");
        var check = await ApiProcess.RunAsync(settings, "config", "check", "--connect");
        Assert.That(check.Errors, Does.Contain("MAIN_DB: ").And.Contain("LOCAL_DB: ").And.Contain("REDIS: "));
    }

    private Dictionary<string, string> Settings() => Settings(authority);

    /// <summary>The same with a certificate that the servers may ask for.</summary>
    private Dictionary<string, string> WithCertificate()
    {
        var (certificate, key) = authority.Issue("opsdb");
        return new(Settings())
        {
            ["MAIN_DB_SSL_CERT"] = certificate,
            ["MAIN_DB_SSL_KEY"] = key,
            ["REDIS_TLS_CERTIFICATE"] = certificate,
            ["REDIS_TLS_KEY"] = key,
        };
    }

    private Dictionary<string, string> Settings(TestAuthority trusted) =>
        new(ApiSettings.Of("observatory", TestTokens.Key, primary.Application, replica.Application, redis.Address))
        {
            ["HTTP_URL"] = "http://127.0.0.1:0",
            ["LOG_LEVEL"] = "none",
            ["DB_POOL_SIZE"] = "5",
            ["BACKGROUND_PROCESSING_INTERVAL"] = "0.2",
            ["MAIN_DB_SSL_MODE"] = "verify-full",
            ["MAIN_DB_SSL_ROOT_CERT"] = trusted.AuthorityFile,
            ["LOCAL_DB_SSL_MODE"] = "verify-full",
            ["LOCAL_DB_SSL_ROOT_CERT"] = trusted.AuthorityFile,
            ["REDIS_TLS"] = "true",
            ["REDIS_TLS_CA"] = trusted.AuthorityFile,
        };
}
