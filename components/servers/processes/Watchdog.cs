using System.Diagnostics;

namespace OpsDb.Servers;

/// <summary>
/// Ends servers whose owner died without doing it. A shell waits on a pipe from this process; when the pipe breaks, however
/// the owner ended, the shell ends the servers and removes their folders. (A parent-death signal would not do: Linux sends it
/// when the *thread* that started the child ends.)
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private const string Script =
        """
        pids='' folders=''
        is_same() { [ "$(sed 's/.*) //' /proc/$1/stat 2>/dev/null | cut -d' ' -f20)" = "$2" ]; }
        children() { grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status | cut -d/ -f3; }
        while read -r what value; do
          case $what in
            process) pids="$pids $value" ;;
            folder) folders="$folders$value
        " ;;
            release) exit 0 ;;
          esac
        done
        for p in $pids; do
          pid=${p%:*} start=${p#*:}
          is_same $pid $start || continue
          kill -CONT $pid $(children $pid)
          kill -QUIT $pid
          n=0
          while is_same $pid $start && [ $n -lt 50 ]; do sleep 0.1; n=$((n + 1)); done
          is_same $pid $start && kill -KILL $pid $(children $pid)
        done 2>/dev/null
        printf %s "$folders" | while read -r f; do
          cut -d' ' -f2 /proc/mounts | grep -F "$f/" | while read -r m; do umount -l "$m"; done
          rm -rf -- "$f"
        done
        """;

    private readonly Process shell;

    public Watchdog()
    {
        var info = new ProcessStartInfo("setsid", ["/bin/sh", "-c", Script])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        shell = Process.Start(info) ?? throw new ServersException("setsid cannot be started.");
        shell.StandardInput.AutoFlush = true;
    }

    public void Watch(ServerProcess process) => Tell($"process {process.Pid}:{process.StartTime}");

    public void WatchFolder(string folder) => Tell($"folder {folder}");

    /// <summary>The owner has ended everything itself.</summary>
    public void Dispose()
    {
        Tell("release");
        shell.Dispose();
    }

    private void Tell(string line)
    {
        lock (shell)
            shell.StandardInput.WriteLine(line);
    }
}
