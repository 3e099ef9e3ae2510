using System.Security.Cryptography;
using OpsDb.Servers;

namespace OpsDb.Stack;

/// <param name="PortBase">The first port.</param>
/// <param name="Fresh">Whether the state of earlier starts is removed first.</param>
/// <param name="WithApis">Whether the APIs are started, or only servers and link.</param>
internal sealed record UpOptions(int PortBase, bool Fresh, bool WithApis);

/// <summary>Starts a stack, or takes back what it had started.</summary>
internal sealed class Up(StackHome home, UpOptions options)
{
    private readonly StackPorts ports = new(options.PortBase);

    /// <summary>What was started; null before.</summary>
    public StackApis? Apis { get; private set; }

    /// <returns>The stack, what was started for it, and the lock of the home, which the caller gives back.</returns>
    /// <exception cref="ServersException">It already runs, a port is taken, or something did not start.</exception>
    public async Task<(StackFile Stack, StackProcesses Processes, HomeLock Lock)> RunAsync(CancellationToken ct)
    {
        var outside = OutsideServers.FromEnvironment();
        var isNew = !Directory.Exists(home.Folder);
        home.Create();
        var taken = HomeLock.Take(home);
        try
        {
            var processes = new StackProcesses(home);
            await processes.RequireNoneAsync();
            Ports.RequireFree(ports.Needed(outside), "stop what listens there or choose other ports with --port-base.");
            isNew = false;
            if (options.Fresh)
            {
                await StackContainer.RemoveDataAsync(home, ct);
                home.Clear();
            }

            return (await StartOrEndAsync(outside, processes, ct), processes, taken);
        }
        catch
        {
            if (isNew)
                home.Delete();
            taken.Dispose();
            throw;
        }
    }

    private async Task<StackFile> StartOrEndAsync(OutsideServers outside, StackProcesses processes, CancellationToken ct)
    {
        try
        {
            processes.Add(StackProcesses.Foreground, ServerProcess.Current);
            return await StartAsync(outside, processes, ct);
        }
        catch
        {
            await processes.StopStartedAsync();
            throw;
        }
    }

    private async Task<StackFile> StartAsync(OutsideServers outside, StackProcesses processes, CancellationToken ct)
    {
        var servers = new StackServers(home, ports, outside, processes);
        var addresses = await servers.StartAsync(ct);
        var secrets = StackHome.ReadOrCreate(home.Secrets, () => new StackSecrets(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), null));
        var apis = Apis = new StackApis(home, ports, addresses, secrets.TokenKey, processes);
        if (options.WithApis)
        {
            ServersHome.CreatePrivate(home.Credentials);
            await ServersHome.GiveToServersAsync(home.Credentials, ct);
            await apis.PrepareAsync(ct);
            if (secrets.Tokens is null)
            {
                secrets = secrets with { Tokens = await apis.CreateTokensAsync(ct) };
                StackHome.Write(home.Secrets, secrets);
            }

            var objects = await new StackObjects(home, ports, processes).StartAsync(ct);
            await apis.StartAsync(ct);
            await new StackPlaces(home, apis.MainUrl, secrets.Tokens!.Admin).MakeAsync(objects, ct);
            await apis.StartJobsAsync(ct);
        }

        var tokens = secrets.Tokens ?? new("", "", "", "");
        var stack = new StackFile(
            new Dictionary<string, StackSite> { ["main"] = new(apis.MainUrl, tokens), ["observatory"] = new(apis.ObservatoryUrl, tokens) },
            new(addresses.Primary.ToUri(), addresses.Replica.ToUri()),
            new(addresses.Redis.ToUri()),
            new(servers.LinkControl),
            processes.Pids);
        StackHome.Write(home.Stack, stack);
        return stack;
    }
}
