using System.Net;
using System.Net.NetworkInformation;
using Docker.DotNet;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Microsoft.Extensions.Logging.Abstractions;

namespace OpsDb.Servers;

/// <summary>The engine that runs containers: Docker, or what speaks like it, found as its own clients find it (<c>DOCKER_HOST</c>, say).</summary>
public static class ContainerEngine
{
    // The network in which an engine puts containers that name none.
    private const string Network = "bridge";

    private static readonly SemaphoreSlim Turn = new(1);
    private static bool isPrepared;

    /// <summary>An image with the contract of the public <c>postgres</c> image.</summary>
    public static string PostgresImage => Image("OPSDB_POSTGRES_IMAGE", "postgres:15");

    /// <summary>An image with the contract of the public <c>redis</c> image.</summary>
    public static string RedisImage => Image("OPSDB_REDIS_IMAGE", "redis:7");

    /// <summary>Whether the engine publishes ports on this machine and not on another one.</summary>
    internal static bool IsHere { get; private set; }

    /// <summary>Why no container can run here; null when one can.</summary>
    public static string? WhyNot()
    {
        try
        {
            // Building looks for the engine; nothing is made there yet.
            _ = new ContainerBuilder(PostgresImage).WithLogger(NullLogger.Instance).Build();
            return null;
        }
        catch (DockerUnavailableException)
        {
            return "no container engine answers; start Docker, or name its address in DOCKER_HOST.";
        }
    }

    /// <summary>The address of this machine at which containers reach what listens there.</summary>
    public static async Task<IPAddress> FindMachineAsync(CancellationToken ct)
    {
        using var client = Client();
        var networks = await client.Networks.ListNetworksAsync(cancellationToken: ct);
        var gateways = networks.Where(n => n.Name == Network).SelectMany(n => n.IPAM?.Config ?? [])
            .Select(c => c.Gateway is { Length: > 0 } gateway ? gateway : FirstAddress(c.Subnet)).ToHashSet();
        var own = NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address);
        // Where the engine has a machine of its own inside this one, it passes connections on to the loopback.
        return own.FirstOrDefault(a => gateways.Contains($"{a}")) ?? IPAddress.Loopback;
    }

    /// <summary>Removes a volume that no container uses; nothing happens when it is not there.</summary>
    public static async Task RemoveVolumeAsync(string volume, CancellationToken ct)
    {
        using var client = Client();
        var volumes = await client.Volumes.ListAsync(ct);
        if (volumes.Volumes?.Any(v => v.Name == volume) == true)
            await client.Volumes.RemoveAsync(volume, force: false, ct);
    }

    /// <summary>
    /// Finds out where the engine is, and starts what removes the containers when this process dies, the library's own container.
    /// Without its image containers work all the same, and are removed only by a process that ends in order.
    /// </summary>
    /// <exception cref="ServersException">There is no engine.</exception>
    internal static async Task PrepareAsync(CancellationToken ct)
    {
        await Turn.WaitAsync(ct);
        try
        {
            if (isPrepared)
                return;
            if (WhyNot() is { } reason)
                throw new ServersException($"A container cannot be started: {reason}");
            IsHere = await PublishesHereAsync(ct);
            if (IsHere)
                TestcontainersSettings.DockerHostOverride ??= $"{IPAddress.Loopback}";
            TestcontainersSettings.WaitStrategyInterval ??= TimeSpan.FromMilliseconds(100);
            TestcontainersSettings.WaitStrategyTimeout ??= TimeSpan.FromMinutes(2);
            if (TestcontainersSettings.ResourceReaperEnabled)
                TestcontainersSettings.ResourceReaperEnabled = await StartReaperAsync(ct);
            isPrepared = true;
        }
        finally
        {
            Turn.Release();
        }
    }

    internal static DockerClient Client() => TestcontainersSettings.OS.DockerEndpointAuthConfig.GetDockerClientBuilder(Guid.Empty).Build();

    private static async Task<bool> PublishesHereAsync(CancellationToken ct)
    {
        if (TestcontainersSettings.OS.DockerEndpointAuthConfig.Endpoint.Scheme is not ("unix" or "npipe"))
            return false;
        // Inside a container the socket is mostly that of the engine outside, whose ports are not here.
        return !File.Exists("/.dockerenv") || !IPAddress.IsLoopback(await FindMachineAsync(ct));
    }

    private static async Task<bool> StartReaperAsync(CancellationToken ct)
    {
        try
        {
            await ResourceReaper.GetAndStartDefaultAsync(TestcontainersSettings.OS.DockerEndpointAuthConfig, NullLogger.Instance, ct: ct);
            return true;
        }
        catch (Exception e) when (e is DockerApiException or ResourceReaperException or ContainerNotRunningException or TimeoutException)
        {
            return false;
        }
    }

    // An engine that was told no gateway takes the first address of the network.
    private static string? FirstAddress(string? subnet)
    {
        if (!IPNetwork.TryParse(subnet, out var network))
            return null;
        var bytes = network.BaseAddress.GetAddressBytes();
        bytes[^1]++;
        return $"{new IPAddress(bytes)}";
    }

    private static string Image(string setting, string otherwise) =>
        Environment.GetEnvironmentVariable(setting) is { Length: > 0 } image ? image : otherwise;
}
