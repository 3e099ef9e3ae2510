using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>One process of the stack. PostgreSQL is asked to end by another signal than the rest.</summary>
internal sealed record StackProcess(string Name, ServerProcess Process, bool Interrupt = false);

/// <summary>What the stack has started, in that order; written down at once, so that it can always be ended.</summary>
internal sealed class StackProcesses(StackHome home)
{
    /// <summary>The stack's own process while it stays in the foreground.</summary>
    public const string Foreground = "stack";

    // PostgreSQL writes what it holds before it ends.
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(10), DatabaseDeadline = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ForegroundDeadline = TimeSpan.FromSeconds(170);

    private readonly List<StackProcess> started = [.. StackHome.Read<List<StackProcess>>(home.Processes) ?? []];

    public IEnumerable<StackProcess> Running => started.Where(p => p.Process.IsRunning);

    public IReadOnlyDictionary<string, int> Pids => started.Where(p => p.Name != Foreground).ToDictionary(p => p.Name, p => p.Process.Pid);

    public void Add(string name, ServerProcess process, bool interrupt = false)
    {
        started.RemoveAll(p => p.Name == name);
        started.Add(new(name, process, interrupt));
        StackHome.Write(home.Processes, started);
    }

    /// <summary>Ends what a killed start or foreground has left. Nobody else starts anything meanwhile: the home is locked.</summary>
    /// <exception cref="ServersException">A stack that was started completely runs here.</exception>
    public async Task RequireNoneAsync()
    {
        if (Running.FirstOrDefault() is { } process)
        {
            // Who starts a stack is noted as long as it has not left it to itself.
            if (started.All(p => p.Name != Foreground))
                throw new ServersException($"the stack in {home.Folder} already runs ({process.Name}, pid {process.Process.Pid}); build/stop ends it.");
            Console.WriteLine("Ending what a stack that was killed has left …");
        }

        await StopStartedAsync();
    }

    /// <summary>Everything has started, and goes on without the stack's own process.</summary>
    public void LeaveAlone()
    {
        started.RemoveAll(p => p.Name == Foreground);
        StackHome.Write(home.Processes, started);
    }

    /// <summary>Lets a stack in the foreground end itself; then ends what is left, the last started first.</summary>
    public async Task StopAsync()
    {
        foreach (var process in started.Where(p => p.Name == Foreground && p.Process.Pid != Environment.ProcessId))
            await process.Process.StopAsync(ForegroundDeadline);
        await StopStartedAsync();
    }

    /// <summary>Ends everything but the stack's own process.</summary>
    public async Task StopStartedAsync()
    {
        foreach (var process in Enumerable.Reverse(started).Where(p => p.Name != Foreground))
            await process.Process.StopAsync(process.Interrupt ? DatabaseDeadline : StopDeadline, process.Interrupt);
        started.Clear();
        foreach (var file in (string[])[home.Processes, home.Stack])
        {
            if (File.Exists(file))
                File.Delete(file);
        }
    }
}
