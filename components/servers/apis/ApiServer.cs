namespace OpsDb.Servers;

/// <summary>A data API as a process of its own on a fixed port, as it is deployed; it can be killed, frozen and started again.</summary>
/// <param name="name">The log's name.</param>
/// <param name="home">The folder below which the log is kept.</param>
/// <param name="settings">But for <c>HTTP_URL</c>.</param>
public sealed class ApiServer(string name, string home, IReadOnlyDictionary<string, string> settings, int port) : IAsyncDisposable
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(15);

    public string Name => name;

    public Uri Address { get; } = new($"http://127.0.0.1:{port}");

    public string Log => Path.Combine(home, "log", $"{name}.log");

    /// <summary>The settings of the next start.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; set; } = settings;

    /// <summary>The running process; null before the first start.</summary>
    public ServerProcess? Process { get; private set; }

    /// <summary>Called with each process as soon as it runs.</summary>
    public Action<ServerProcess>? Started { get; init; }

    /// <summary>Starts the process, which is ready later: see <see cref="ReadyAsync"/>.</summary>
    /// <exception cref="ServersException">The program was not built.</exception>
    public void Start()
    {
        if (!File.Exists(BuiltPrograms.DataApi))
            throw new ServersException($"{BuiltPrograms.DataApi} is missing; build the project first.");
        var settings = new Dictionary<string, string>(Settings) { ["HTTP_URL"] = Address.OriginalString };
        Process = ServerProcess.Start(Log, settings, BuiltPrograms.Dotnet, BuiltPrograms.DataApi, "serve");
        Started?.Invoke(Process);
    }

    /// <exception cref="ServersException">It ended, or is not ready in time.</exception>
    public Task ReadyAsync(TimeSpan deadline, CancellationToken ct = default) =>
        Readiness.WaitAsync(new(Address, "/health/ready"), name, Process!, Log, deadline, ct);

    /// <summary>Ends the process at once (SIGKILL).</summary>
    public async Task KillAsync()
    {
        Process?.Kill();
        if (Process is { } process)
            await process.WaitForExitAsync(StopDeadline);
    }

    /// <summary>Asks the process to end (SIGTERM) and waits for it.</summary>
    public async Task StopAsync()
    {
        if (Process is { } process)
            await process.StopAsync(StopDeadline);
    }

    /// <summary>Freezes the process: it keeps its connections and does nothing.</summary>
    public void Pause() => Process?.Pause();

    public void Resume() => Process?.Resume();

    public async ValueTask DisposeAsync() => await StopAsync();
}
