using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>The data APIs of both sites: their settings, the schema, the sample catalogue and the tokens.</summary>
internal sealed class StackApis(StackHome home, StackPorts ports, ServerAddresses servers, string tokenKey, StackProcesses processes)
{
    private const string DaysValid = "365";

    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromSeconds(90);

    public string MainUrl => $"http://127.0.0.1:{ports.MainApi}";

    public string ObservatoryUrl => $"http://127.0.0.1:{ports.ObservatoryApi}";

    public async Task PrepareAsync(CancellationToken ct)
    {
        if (!File.Exists(Programs.DataApi))
            throw new ServersException($"{Programs.DataApi} is missing; build the project first (build/run does).");
        await Programs.RunDataApiAsync(MainSettings(), ct, "migrate");
        await Programs.RunDataApiAsync(MainSettings(), ct, "catalogue", "load", Programs.Samples);
    }

    public async Task<StackTokens> CreateTokensAsync(CancellationToken ct) =>
        new(await TokenAsync("admin", "pat", ct), await TokenAsync("observer", "pat", ct), await TokenAsync("viewer", "pat", ct), await TokenAsync("service", "svc", ct));

    public async Task StartAsync(CancellationToken ct)
    {
        var main = Start("main-data-api", MainSettings());
        var observatory = Start("observatory-data-api", ObservatorySettings());
        await Task.WhenAll(ReadyAsync("main-data-api", MainUrl, main, ct), ReadyAsync("observatory-data-api", ObservatoryUrl, observatory, ct));
    }

    private ServerProcess Start(string name, IReadOnlyDictionary<string, string> settings)
    {
        var process = ServerProcess.Start(home.Log(name), settings, Programs.Dotnet, Programs.DataApi, "serve");
        processes.Add(name, process);
        return process;
    }

    private async Task ReadyAsync(string name, string url, ServerProcess process, CancellationToken ct) =>
        await Readiness.WaitAsync(new($"{url}/health/ready"), name, process, home.Log(name), ReadyDeadline, ct);

    private async Task<string> TokenAsync(string role, string kind, CancellationToken ct)
    {
        var output = await Programs.RunDataApiAsync(
            MainSettings(), ct, "tokens", "create", "--name", $"local-{role}", "--user", $"local-{role}", "--role", role, "--kind", kind, "--expires-days", DaysValid);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault()
            ?? throw new ServersException($"The data API made no token for {role}.");
    }

    private Dictionary<string, string> MainSettings() => Settings("main", "main", MainUrl, servers.Primary, servers.Primary);

    private Dictionary<string, string> ObservatorySettings()
    {
        var settings = Settings("observatory", "secondary", ObservatoryUrl, servers.PrimaryOverLink, servers.Replica);
        settings["REDIS_HOST"] = servers.Redis.Host;
        settings["REDIS_PORT"] = $"{servers.Redis.Port}";
        settings["REDIS_DB"] = "0";
        settings["REDIS_PASSWORD"] = servers.Redis.Password;
        return settings;
    }

    private Dictionary<string, string> Settings(string site, string type, string url, PostgresAddress main, PostgresAddress local) => new()
    {
        ["SITE_NAME"] = site,
        ["SITE_TYPE"] = type,
        ["HTTP_URL"] = url,
        ["API_TOKEN_KEY"] = tokenKey,
        ["MAIN_DB_HOST"] = main.Host,
        ["MAIN_DB_PORT"] = $"{main.Port}",
        ["MAIN_DB_USER"] = main.User,
        ["MAIN_DB_PASSWORD"] = main.Password,
        ["MAIN_DB_NAME"] = main.Database,
        ["LOCAL_DB_HOST"] = local.Host,
        ["LOCAL_DB_PORT"] = $"{local.Port}",
        ["LOCAL_DB_USER"] = local.User,
        ["LOCAL_DB_PASSWORD"] = local.Password,
        ["LOCAL_DB_NAME"] = local.Database,
    };
}
