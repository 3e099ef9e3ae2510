using Npgsql;
using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.Migrations;
using OpsDb.Servers;
using OpsDb.Tokens;
using OpsDb.Users;

namespace OpsDb.TestKit;

/// <summary>
/// One installation of OpsDb for one fixture: a database of its own (cloned from a template that has the schema, the
/// sample catalogue and the tokens), a site name of its own, and APIs over real HTTP.
/// </summary>
public sealed class TestInstallation : IAsyncDisposable
{
    private static readonly SemaphoreSlim TemplateTurn = new(1);
    private static readonly Dictionary<TestServers, string> Templates = [];
    private static int number;
    private readonly TestServers servers;
    private readonly List<TestApi> apis = [];

    private TestInstallation(TestServers servers, string database, string site)
    {
        this.servers = servers;
        Database = database;
        SiteName = site;
    }

    /// <summary>How many entries the audit trail begins with: for each token three, with its user and their role; and the samples' two members.</summary>
    public static int AuditEntries => 3 * TestTokens.All.Count + 2;

    public string Database { get; }

    /// <summary>The name of the secondary site.</summary>
    public string SiteName { get; }

    /// <summary>As a superuser, past the relay.</summary>
    public PostgresAddress Main => servers.Postgres with { Database = Database };

    /// <summary>As the role that owns the schema.</summary>
    public PostgresAddress Owner => TestRoles.Owner(servers) with { Database = Database };

    /// <summary>As the role that the processes use.</summary>
    public PostgresAddress Application => TestRoles.Application(servers) with { Database = Database };

    /// <summary>As a superuser.</summary>
    public PostgresAddress Replica => servers.PostgresReplica with { Database = Database };

    public static async Task<TestInstallation> CreateAsync(TestServers servers)
    {
        var template = await TemplateAsync(servers);
        var id = Interlocked.Increment(ref number);
        var database = $"{template}_{id}";
        await servers.Postgres.ExecuteAsync($"create database {database} template {template} owner {TestRoles.Owner(servers).User}");
        var installation = new TestInstallation(servers, database, $"site_{id}");
        if (servers.Replica is not null)
            await Eventually.TrueAsync(installation.IsReplicatedAsync, "the database has reached the replica");
        return installation;
    }

    /// <summary>An API of the main site.</summary>
    public Task<TestApi> StartMainAsync(params (string Name, string Value)[] settings) => StartAsync(MainSettings(), settings);

    /// <summary>An API of the secondary site; its way to the main database leads through the relay.</summary>
    public Task<TestApi> StartSecondaryAsync(params (string Name, string Value)[] settings) => StartAsync(SecondarySettings(), settings);

    public Dictionary<string, string> MainSettings() => new(ApiSettings.Of("main", TestTokens.Key, Application))
    {
        ["HTTP_URL"] = "http://127.0.0.1:0",
        ["LOG_LEVEL"] = "none",
        ["DB_POOL_SIZE"] = "10",
        ["HTTP_ACTOR_RATE"] = "0",
        ["HTTP_ADDRESS_REFUSALS"] = "0",
    };

    public Dictionary<string, string> SecondarySettings() => new(ApiSettings.Of(
        SiteName,
        TestTokens.Key,
        Application with { Host = "127.0.0.1", Port = servers.Relay.Port },
        Application with { Host = Replica.Host, Port = Replica.Port },
        servers.Redis))
    {
        ["HTTP_URL"] = "http://127.0.0.1:0",
        ["LOG_LEVEL"] = "none",
        ["DB_POOL_SIZE"] = "10",
        ["HTTP_ACTOR_RATE"] = "0",
        ["HTTP_ADDRESS_REFUSALS"] = "0",
        ["BACKGROUND_PROCESSING_INTERVAL"] = "0.2",
        ["REDIS_TIMEOUT"] = "1",
    };

    /// <summary>One value of the main database.</summary>
    /// <param name="parameters">When there are none, <c>@site</c> is the secondary site.</param>
    public Task<T?> MainAsync<T>(string sql, object? parameters = null) => Main.QueryAsync<T>(sql, parameters ?? new { site = SiteName });

    /// <inheritdoc cref="MainAsync{T}"/>
    public Task<T?> ReplicaAsync<T>(string sql, object? parameters = null) => Replica.QueryAsync<T>(sql, parameters ?? new { site = SiteName });

    /// <summary>How many of these executions the main database has, or of all.</summary>
    public Task<int> MainHasAsync(IEnumerable<Guid>? executions = null) => CountAsync(Main, executions);

    /// <inheritdoc cref="MainHasAsync"/>
    public Task<int> ReplicaHasAsync(IEnumerable<Guid>? executions = null) => CountAsync(Replica, executions);

    public async ValueTask DisposeAsync()
    {
        foreach (var api in apis)
            await api.DisposeAsync();
        await servers.Postgres.ExecuteAsync($"drop database if exists {Database} with (force)");
    }

    private static Task<int> CountAsync(PostgresAddress address, IEnumerable<Guid>? executions) => executions is null
        ? address.QueryAsync<int>("select count(*) from executed_obs_unit")
        : address.QueryAsync<int>("select count(*) from executed_obs_unit where id = any(@ids)", new { ids = executions.ToArray() });

    private async Task<bool> IsReplicatedAsync()
    {
        try
        {
            await ReplicaAsync<int>("select 1");
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            return false;
        }
    }

    private async Task<TestApi> StartAsync(Dictionary<string, string> settings, (string Name, string Value)[] changes)
    {
        foreach (var (name, value) in changes)
            settings[name] = value;
        var api = await TestApi.StartAsync(settings);
        apis.Add(api);
        return api;
    }

    private static async Task<string> TemplateAsync(TestServers servers)
    {
        await TemplateTurn.WaitAsync();
        try
        {
            if (Templates.TryGetValue(servers, out var known))
                return known;
            var name = $"opsdb_test_{Guid.NewGuid():n}"[..20];
            await TestRoles.CreateAsync(servers);
            await servers.Postgres.ExecuteAsync($"create database {name} owner {TestRoles.Owner(servers).User}");
            var template = new TestInstallation(servers, name, "template");
            await Migrator.MigrateAsync(template.Owner.ToConnectionString(), CancellationToken.None);
            var settings = TestApi.Read(new(template.MainSettings()) { ["DB_POOL_SIZE"] = "2" });
            await DataApiBase.LoadCatalogueAsync(settings, BuiltPrograms.Samples, CancellationToken.None);
            foreach (var token in TestTokens.All)
                await token.MakeAsync(settings);
            await template.MainAsync<string>("update api_token set expires_at = '2020-01-01Z' where name = 'expired' returning name");
            // PostgreSQL copies how many numbers of a sequence its log has in advance, not the log: after a crash a clone would begin again at
            // the template's last number. Setting it leaves none in advance.
            await template.Owner.QueryAsync<long>(
                "select count(setval(format('%I.%I', schemaname, sequencename)::regclass, last_value)) from pg_sequences where last_value is not null");
            NpgsqlConnection.ClearAllPools();
            return Templates[servers] = name;
        }
        finally
        {
            TemplateTurn.Release();
        }
    }
}

/// <summary>The tokens that every installation of the tests has.</summary>
public sealed record TestTokens(string Name, string Text, string[] Scopes)
{
    public const string Key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    public static TestTokens Admin { get; } = Create("admin", ScopesOf("admin"));
    public static TestTokens Observer { get; } = Create("observer", ScopesOf("observer"));
    public static TestTokens Viewer { get; } = Create("viewer", ScopesOf("viewer"));
    public static TestTokens Expired { get; } = Create("expired", ScopesOf("admin"));

    /// <summary>One that reads executions and nothing else.</summary>
    public static TestTokens ExecutionReader { get; } = Create("execution_reader", ["read:executions"]);

    public static IReadOnlyList<TestTokens> All { get; } = [Admin, Observer, Viewer, Expired, ExecutionReader];

    private CreateToken Command() => new(Name, TokenKind.Pat, Name, TokenKey.Parse(Key).Hash(Text), Scopes, DateTimeOffset.UtcNow.AddDays(1),
        TokenKey.Parse(Key).Id);

    /// <summary>Makes it known, with a user of its name.</summary>
    public async Task<ApiToken> MakeAsync(DataApiSettings settings)
    {
        string[] leastFirst = ["viewer", "observer", "service", "admin"];
        var role = leastFirst.First(r => Permission.Common(Scopes, ScopesOf(r)).Count == Scopes.Length);
        await DataApiBase.UseAsync<IUserAdministration>(settings, users => users.EnsureAsync(Name, UserKind.Person, role, CancellationToken.None));
        return (await DataApiBase.SubmitAsync(settings, Command(), CancellationToken.None)).Result;
    }

    /// <summary>What a role permits that comes with OpsDb.</summary>
    public static string[] ScopesOf(string role) => new BuiltInRoles(ApiComponents.Contributions<RoleScopes>()).PermissionsOf(role);

    private static TestTokens Create(string name, string[] scopes) => new(name, TokenText.Create(TokenKind.Pat), scopes);
}
