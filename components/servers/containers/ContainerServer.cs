using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Images;
using Microsoft.Extensions.Logging.Abstractions;

namespace OpsDb.Servers;

/// <summary>
/// A server in a container, published on a port of this machine which it keeps when it is started again. Only this machine reaches it.
/// </summary>
/// <param name="name">What messages call it.</param>
/// <param name="volume">The volume that keeps its data; null when they end with the container.</param>
public abstract class ContainerServer(string name, string? volume) : IServer
{
    /// <summary>The name of this machine in the containers.</summary>
    protected const string Machine = "host.docker.internal";

    /// <summary>The folder for the server's configuration in the container.</summary>
    protected const string Configuration = "/etc/opsdb";

    private const string Loopback = "127.0.0.1";

    // PostgreSQL writes what it holds before it ends.
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(60);

    private IContainer? container;
    private bool isPaused;

    protected IContainer Container => container ?? throw new InvalidOperationException($"{name} was not started.");

    protected string Host => container?.Hostname ?? Loopback;

    public async Task StartAsync(CancellationToken ct = default)
    {
        try
        {
            await ContainerEngine.PrepareAsync(ct);
            container ??= Build();
            await container.StartAsync(ct);
            await WaitUntilReadyAsync(ct);
        }
        catch (Exception e) when (e is DockerApiException or ContainerNotRunningException or TimeoutException)
        {
            throw new ServersException($"{name} did not start in a container: {e.Message.Trim()}", e);
        }
    }

    public async Task StopAsync()
    {
        if (container is null)
            return;
        await ResumeAsync();
        await container.StopAsync();
    }

    public async Task KillAsync()
    {
        if (container is null)
            return;
        // The engine kills no frozen container.
        await ResumeAsync();
        using var client = ContainerEngine.Client();
        await client.Containers.KillContainerAsync(container.Id, new ContainerKillParameters { Signal = "SIGKILL" });
        await client.Containers.WaitContainerAsync(container.Id);
    }

    public async Task PauseAsync()
    {
        await Container.PauseAsync();
        isPaused = true;
    }

    public async Task ResumeAsync()
    {
        if (!isPaused)
            return;
        await Container.UnpauseAsync();
        isPaused = false;
    }

    /// <summary>Waits until the server is gone, however it ends.</summary>
    public async Task WaitForExitAsync(CancellationToken ct)
    {
        using var client = ContainerEngine.Client();
        await client.Containers.WaitContainerAsync(Container.Id, ct);
    }

    /// <summary>Removes the container; a volume stays.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (container is null)
            return;
        // Without a volume nothing needs to be written any more.
        if (volume is not null)
            await StopAsync();
        else
            await ResumeAsync();
        await container.DisposeAsync();
        container = null;
    }

    protected abstract IContainer Build();

    /// <summary>Waits for what the image's own look at the server cannot tell.</summary>
    protected virtual Task WaitUntilReadyAsync(CancellationToken ct) => Task.CompletedTask;

    /// <summary>What all servers have in common.</summary>
    /// <param name="port">The port of this machine.</param>
    /// <param name="serverPort">The server's own port.</param>
    /// <param name="data">The folder of the container in which a volume lies.</param>
    protected TBuilder Common<TBuilder, TContainer, TConfiguration>(TBuilder builder, int port, int serverPort, string data)
        where TBuilder : ContainerBuilder<TBuilder, TContainer, TConfiguration>
        where TContainer : IContainer
        where TConfiguration : IContainerConfiguration
    {
        builder = builder
            .WithLogger(NullLogger.Instance)
            .WithImagePullPolicy(PullPolicy.Missing)
            .WithPortBinding(port, serverPort)
            .WithExtraHost(Machine, "host-gateway")
            .WithCreateParameterModifier(Adapt);
        // Named like its volume: there is never a second server on the same data.
        return volume is null ? builder : builder.WithVolumeMount(volume, data).WithName(volume);
    }

    private static void Adapt(CreateContainerParameters parameters)
    {
        parameters.StopTimeout = StopDeadline;
        if (!ContainerEngine.IsHere)
            return;
        foreach (var binding in parameters.HostConfig!.PortBindings!.Values.SelectMany(b => b))
            binding.HostIP = Loopback;
    }
}
