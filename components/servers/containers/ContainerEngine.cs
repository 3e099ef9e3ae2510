using Docker.DotNet;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Microsoft.Extensions.Logging.Abstractions;

namespace OpsDb.Servers;

/// <summary>The engine that runs containers: Docker, or what speaks like it, found as its own clients find it (<c>DOCKER_HOST</c>, say).</summary>
public static class ContainerEngine
{
    private static readonly SemaphoreSlim Turn = new(1);
    private static bool _isPrepared;

    /// <summary>An image with the contract of the public <c>postgres</c> image.</summary>
    public static string PostgresImage => Image("OPSDB_POSTGRES_IMAGE", "postgres:15");

    /// <summary>An image with the contract of the public <c>redis</c> image.</summary>
    public static string RedisImage => Image("OPSDB_REDIS_IMAGE", "redis:7");

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

    /// <summary>Removes a volume that no container uses; nothing happens when it is not there.</summary>
    public static async Task RemoveVolumeAsync(string volume, CancellationToken ct)
    {
        using var client = Client();
        var volumes = await client.Volumes.ListAsync(ct);
        if (volumes.Volumes?.Any(v => v.Name == volume) == true)
            await client.Volumes.RemoveAsync(volume, force: false, ct);
    }

    /// <summary>
    /// Starts what removes the containers when this process dies (the library's own container, once a process). Without its image
    /// containers work all the same, and are removed only by a process that ends in order.
    /// </summary>
    internal static async Task PrepareAsync(CancellationToken ct)
    {
        await Turn.WaitAsync(ct);
        try
        {
            if (_isPrepared)
                return;
            TestcontainersSettings.WaitStrategyInterval ??= TimeSpan.FromMilliseconds(100);
            TestcontainersSettings.WaitStrategyTimeout ??= TimeSpan.FromMinutes(2);
            if (TestcontainersSettings.ResourceReaperEnabled && await WhyNoReaperAsync(ct) is not null)
                TestcontainersSettings.ResourceReaperEnabled = false;
            _isPrepared = true;
        }
        finally
        {
            Turn.Release();
        }
    }

    internal static DockerClient Client() => TestcontainersSettings.OS.DockerEndpointAuthConfig.GetDockerClientBuilder(Guid.Empty).Build();

    private static async Task<Exception?> WhyNoReaperAsync(CancellationToken ct)
    {
        try
        {
            await ResourceReaper.GetAndStartDefaultAsync(TestcontainersSettings.OS.DockerEndpointAuthConfig, NullLogger.Instance, ct: ct);
            return null;
        }
        catch (Exception e) when (e is DockerApiException or ResourceReaperException or ContainerNotRunningException or TimeoutException)
        {
            return e;
        }
    }

    private static string Image(string setting, string otherwise) =>
        Environment.GetEnvironmentVariable(setting) is { Length: > 0 } image ? image : otherwise;
}
