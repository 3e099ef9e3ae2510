using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization;

namespace OpsDb.Servers;

/// <summary>
/// A running program, known by its pid and its start time, so that a pid that the system gave to somebody else in the
/// meantime is never signalled. It may have been started by another process.
/// </summary>
public sealed record ServerProcess(int Pid, long StartTime)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    /// <summary>This process.</summary>
    public static ServerProcess Current => new(Environment.ProcessId, ProcessTable.Read(Environment.ProcessId)?.StartTime ?? 0);

    /// <summary>
    /// Whether exactly this process still runs. A zombie does not, once its last thread has ended: until then it has its files and ports, and
    /// the system shows a process as a zombie as soon as its first thread is one.
    /// </summary>
    [JsonIgnore]
    public bool IsRunning => ProcessTable.Read(Pid) is { } entry && entry.StartTime == StartTime && entry is { State: not ('Z' or 'X') } or { Threads: > 1 };

    /// <summary>
    /// Starts a program in a session of its own, so that Ctrl-C in the terminal does not reach it, with its output appended to
    /// <paramref name="log"/>, which only its owner may read. Of the caller's environment it gets what every program needs, and no more.
    /// </summary>
    public static ServerProcess Start(string log, IReadOnlyDictionary<string, string>? environment, string program, params IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/", UseShellExecute = false };
        // Each program replaces the one before it: the pid is the server's own.
        foreach (var word in (string[])["-c", "umask 077; exec setsid \"$@\" >>\"$0\" 2>&1 </dev/null", log, program, .. arguments])
            info.ArgumentList.Add(word);
        foreach (var name in info.Environment.Keys.Where(k => !IsNeeded(k)).ToList())
            info.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            info.Environment[name] = value;
        if (Path.GetDirectoryName(log) is { } folder && !Directory.Exists(folder))
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var process = Process.Start(info) ?? throw new ServersException($"{program} cannot be started.");
        return new(process.Id, ProcessTable.Read(process.Id)?.StartTime ?? 0);
    }

    /// <summary>Sends a signal to the process alone; nothing happens when it is gone.</summary>
    public void Signal(int signal)
    {
        if (IsRunning)
            Libc.Kill(Pid, signal);
    }

    /// <summary>
    /// Asks the process to end (SIGTERM; for PostgreSQL, which would wait for its clients then, use SIGINT) and, when the deadline
    /// has passed, ends it.
    /// </summary>
    public async Task StopAsync(TimeSpan deadline, bool interrupt = false)
    {
        Resume();
        Signal(interrupt ? Libc.SigInt : Libc.SigTerm);
        if (await WaitForExitAsync(deadline))
            return;
        Kill();
        await WaitForExitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>Freezes the process and its children (SIGSTOP).</summary>
    public void Pause()
    {
        Signal(Libc.SigStop);
        foreach (var child in Children())
            child.Signal(Libc.SigStop);
    }

    /// <summary>Lets a frozen process and its children go on (SIGCONT).</summary>
    public void Resume()
    {
        foreach (var child in Children())
            child.Signal(Libc.SigCont);
        Signal(Libc.SigCont);
    }

    /// <summary>Ends the process and its children at once (SIGKILL), as a power failure would.</summary>
    public void Kill()
    {
        Signal(Libc.SigStop);
        var children = Children();
        Signal(Libc.SigKill);
        foreach (var child in children)
            child.Signal(Libc.SigKill);
    }

    /// <summary>Waits until the process is gone; false when <paramref name="deadline"/> passed first.</summary>
    public async Task<bool> WaitForExitAsync(TimeSpan deadline, CancellationToken ct = default)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (IsRunning)
        {
            if (TimeProvider.System.GetElapsedTime(started) > deadline)
                return false;
            await Task.Delay(Poll, ct);
        }

        return true;
    }

    private static bool IsNeeded(string name) =>
        name is "PATH" or "LANG" or "TZ" or "TMPDIR" || name.StartsWith("LC_", StringComparison.Ordinal)
            || name.StartsWith("DOTNET_", StringComparison.Ordinal);

    private IReadOnlyList<ServerProcess> Children() =>
        IsRunning ? [.. ProcessTable.All().Where(e => e.Parent == Pid).Select(e => new ServerProcess(e.Pid, e.StartTime))] : [];
}

internal sealed record ProcessEntry(int Pid, int Parent, char State, int Threads, long StartTime);

/// <summary>What /proc knows.</summary>
internal static class ProcessTable
{
    public static ProcessEntry? Read(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // The name in parentheses may itself hold spaces and parentheses.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return new(pid, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[0][0], int.Parse(fields[17], CultureInfo.InvariantCulture),
                long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static IEnumerable<ProcessEntry> All()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) && Read(pid) is { } entry)
                yield return entry;
        }
    }
}
