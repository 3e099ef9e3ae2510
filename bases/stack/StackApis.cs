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
    }

    /// <summary>The jobs of both sites, and those of the second data centre, which has no database of its own.</summary>
    public async Task StartJobsAsync(CancellationToken ct)
    {
        ServersHome.CreatePrivate(home.Mail);
        await ServersHome.GiveToServersAsync(home.Mail, ct);
        var mail = await BuiltPrograms.AsServerAsync(BuiltPrograms.Of("opsdb-stack"), ct, "mail", "--port", $"{ports.Mail}", "--folder", home.Mail);
        processes.Add("mail", ServerProcess.Start(home.Log("mail"), null, mail[0], mail.Skip(1)));
        await StartAsync("main-jobs", Jobs, JobSettings(ApiSettings.WithOwner(MainSettings(), servers.Owner)), ct);
        await StartAsync("observatory-jobs", Jobs, JobSettings(ObservatorySettings()), ct);
        await StartAsync("coast-jobs", Jobs, new Dictionary<string, string>(JobSettings(MainSettings()))
        {
            ["JOBS_SITE"] = StackPlaces.Coast,
            ["JOBS_ONLY"] = "transfer,unpack-verify,archive,bundle,delete,verify-at-rest,repair,recover-stalled",
        }, ct);
    }

    /// <summary>Runs a verb of main's background jobs to its end and gives its output.</summary>
    public async Task<string> RunJobsAsync(CancellationToken ct, params string[] verb)
    {
        var run = await ProgramRun.RunAsync(await BuiltPrograms.AsServerAsync(Jobs, ct, verb), JobSettings(MainSettings()), ct: ct);
        return run.ExitCode == 0 ? run.Output : throw new ServersException($"opsdb-jobs {string.Join(' ', verb)}: {run.Output}{run.Errors}");
    }

    /// <summary>Everything soon, so that one can watch it.</summary>
    private Dictionary<string, string> JobSettings(IReadOnlyDictionary<string, string> site) => new(site)
    {
        ["CREDENTIALS_FOLDER"] = home.Credentials,
        ["BUNDLE_AGE"] = "0",
        ["JOBS_SCHEDULES"] = string.Join(';',
            ((string[])["package", "bundle", "transfer", "unpack-verify", "archive", "stage", "delete"]).Select(j => $"{j}=0/3 * * * * ?")),
        ["SMTP_HOST"] = "127.0.0.1",
        ["SMTP_PORT"] = $"{ports.Mail}",
        ["SMTP_SECURITY"] = "none",
        ["SMTP_FROM"] = "OpsDb <opsdb@example.org>",
    };

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
