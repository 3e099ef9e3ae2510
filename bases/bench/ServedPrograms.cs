using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>A process that serves.</summary>
/// <param name="StartedIn">From the start of the process until it was ready.</param>
internal sealed record Endpoint(int Port, ServerProcess Process, TimeSpan StartedIn)
{
    /// <summary>Memory that the process has in use, bytes.</summary>
    public long ResidentBytes => Memory.Resident(Process);

    /// <summary>The Redis that it uses; null where it uses none.</summary>
    public ServerProcess? Redis { get; init; }

    /// <summary>What the process itself was given since its start.</summary>
    public TimeSpan OwnProcessorTime => TimeOf(Process);

    /// <summary>The same with what its Redis was given.</summary>
    public TimeSpan ProcessorTime => OwnProcessorTime + (Redis is null ? TimeSpan.Zero : TimeOf(Redis));

    private static TimeSpan TimeOf(ServerProcess server)
    {
        using var process = System.Diagnostics.Process.GetProcessById(server.Pid);
        return process.TotalProcessorTime;
    }
}

/// <summary>Starts programs that serve beside the servers, and ends them at last.</summary>
internal sealed class ServedPrograms(TestServers servers) : IAsyncDisposable
{
    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromSeconds(60), StopDeadline = TimeSpan.FromSeconds(10), Poll = TimeSpan.FromMilliseconds(5);
    private readonly List<ServerProcess> processes = [];

    /// <summary>Starts a program and waits until /health/ready answers 200.</summary>
    /// <param name="command">For the port that it shall listen on, which the data API learns from HTTP_URL.</param>
    public async Task<Endpoint> StartAsync(
        string name, IReadOnlyDictionary<string, string> settings, Func<int, IReadOnlyList<string>> command, CancellationToken ct)
    {
        var port = Ports.Next();
        var log = Path.Combine(Path.GetDirectoryName(((PostgresServer)servers.Primary!).Log)!, $"{name}.log");
        string[] words = [.. command(port)];
        using var http = new HttpClient();
        var started = TimeProvider.System.GetTimestamp();
        var process = ServerProcess.Start(log, new Dictionary<string, string>(settings) { ["HTTP_URL"] = $"http://127.0.0.1:{port}" }, words[0], words[1..]);
        processes.Add(process);
        servers.Watch(process);
        while (!await IsReadyAsync(http, port, ct))
        {
            if (!process.IsRunning || TimeProvider.System.GetElapsedTime(started) > ReadyDeadline)
                throw new BenchException($"{name} did not start: {(await File.ReadAllLinesAsync(log, ct)).LastOrDefault()}");
            await Task.Delay(Poll, ct);
        }

        return new(port, process, TimeProvider.System.GetElapsedTime(started));
    }

    public static Task StopAsync(params IEnumerable<Endpoint> endpoints) => Task.WhenAll(endpoints.Select(e => e.Process.StopAsync(StopDeadline)));

    public async ValueTask DisposeAsync() => await Task.WhenAll(processes.Select(p => p.StopAsync(StopDeadline)));

    private static async Task<bool> IsReadyAsync(HttpClient http, int port, CancellationToken ct)
    {
        try
        {
            using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"), ct);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
