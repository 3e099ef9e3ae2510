using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>The data APIs and the background jobs of both sites: their settings, the schema, the sample catalogue and the tokens.</summary>
internal sealed class StackApis(StackHome home, StackPorts ports, ServerAddresses servers, string tokenKey, StackProcesses processes)
{
    private const string DaysValid = "365";

    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromSeconds(90);

    private static string Jobs => BuiltPrograms.Of("opsdb-jobs");

    public string MainUrl => $"http://127.0.0.1:{ports.MainApi}";

    public string ObservatoryUrl => $"http://127.0.0.1:{ports.ObservatoryApi}";

    public async Task PrepareAsync(CancellationToken ct)
    {
        foreach (var program in (string[])[BuiltPrograms.DataApi, Jobs])
        {
            if (!File.Exists(program))
                throw new ServersException($"{program} is missing; build the project first (build/run does).");
        }
        await BuiltPrograms.RunDataApiAsync(ApiSettings.WithOwner(MainSettings(), servers.Owner), ct, "migrate");
        await BuiltPrograms.RunDataApiAsync(MainSettings(), ct, "catalogue", "load", BuiltPrograms.Samples);
    }

    public async Task<StackTokens> CreateTokensAsync(CancellationToken ct) =>
        new(
            await TokenAsync("admin", "pat", ct),
            await TokenAsync("observer", "pat", ct),
            await TokenAsync("viewer", "pat", ct),
            await TokenAsync("service", "svc", ct));

    public async Task StartAsync(CancellationToken ct)
    {
        var main = await StartAsync("main-data-api", BuiltPrograms.DataApi, MainSettings(), ct);
        var observatory = await StartAsync("observatory-data-api", BuiltPrograms.DataApi, ObservatorySettings(), ct);
        await Task.WhenAll(ReadyAsync("main-data-api", MainUrl, main, ct), ReadyAsync("observatory-data-api", ObservatoryUrl, observatory, ct));
        await StartAsync("main-jobs", Jobs, ApiSettings.WithOwner(MainSettings(), servers.Owner), ct);
        await StartAsync("observatory-jobs", Jobs, ObservatorySettings(), ct);
    }

    private async Task<ServerProcess> StartAsync(string name, string program, IReadOnlyDictionary<string, string> settings, CancellationToken ct)
    {
        var command = await BuiltPrograms.AsServerAsync(program, ct, "serve");
        var process = ServerProcess.Start(home.Log(name), settings, command[0], command.Skip(1));
        processes.Add(name, process);
        return process;
    }

    private async Task ReadyAsync(string name, string url, ServerProcess process, CancellationToken ct) =>
        await Readiness.WaitAsync(new($"{url}/health/ready"), name, process, home.Log(name), ReadyDeadline, ct);

    private async Task<string> TokenAsync(string role, string kind, CancellationToken ct)
    {
        var output = await BuiltPrograms.RunDataApiAsync(
            MainSettings(), ct,
            "tokens", "create", "--name", $"local-{role}", "--user", $"local-{role}", "--role", role, "--kind", kind, "--expires-days", DaysValid);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault()
            ?? throw new ServersException($"The data API made no token for {role}.");
    }

    // One server has the Redis of both sites here, a database of each.
    private Dictionary<string, string> MainSettings() => new(ApiSettings.Of("main", tokenKey, servers.Primary, redis: servers.Redis))
    {
        ["HTTP_URL"] = MainUrl,
        ["REDIS_DB"] = "1",
    };

    private Dictionary<string, string> ObservatorySettings() =>
        new(ApiSettings.Of("observatory", tokenKey, servers.PrimaryOverLink, servers.Replica, servers.Redis))
        {
            ["HTTP_URL"] = ObservatoryUrl,
            ["REDIS_DB"] = "0",
        };
}
