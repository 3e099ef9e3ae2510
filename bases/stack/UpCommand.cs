using System.CommandLine;
using System.Runtime.InteropServices;
using OpsDb.Cli;

namespace OpsDb.Stack;

internal static class UpCommand
{
    public const int HighestBase = 65535 - 28;

    public static Command Create()
    {
        var detach = new Option<bool>("--detach") { Description = "Return when everything is ready; build/stop ends it." };
        var fresh = new Option<bool>("--fresh") { Description = "Remove the data of earlier starts first." };
        var withoutApis = new Option<bool>("--without-apis") { Description = "Start servers and link only.", Hidden = true };
        var portBase = new Option<int>("--port-base")
        {
            Description = "N: N main data API, N+1 observatory data API, N+20 primary, N+21 replica, N+22 Redis, N+23 relay, "
                + "N+24 relay control, N+25 to N+27 S3 service, N+28 mail.",
            DefaultValueFactory = _ => 8000,
        }.Between(1024, HighestBase);
        return new Command("up", "Start the whole stack. Data is kept from start to start in .opsdb (OPSDB_HOME moves it). Ctrl-C stops everything it started.")
        {
            detach,
            fresh,
            portBase,
            withoutApis,
        }.Does((r, ct) => RunAsync(new(r.GetValue(portBase), r.GetValue(fresh), !r.GetValue(withoutApis)), r.GetValue(detach), ct));
    }

    private static async Task RunAsync(UpOptions options, bool detach, CancellationToken ct)
    {
        var home = StackHome.Find();
        using var hangup = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            hangup.Cancel();
        });
        Console.WriteLine($"Starting in {home.Folder} …");
        var (stack, processes, taken) = await new Up(home, options).RunAsync(hangup.Token);
        using (taken)
        {
            if (detach)
                processes.LeaveAlone();
            Summary.Print(stack, home, options.WithApis, detach);
            if (!detach)
                await StayAsync(processes, hangup.Token);
        }
    }

    private static async Task StayAsync(StackProcesses processes, CancellationToken ct)
    {
        try
        {
            var running = processes.Running.ToList();
            while (true)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), ct);
                foreach (var dead in running.Where(p => !p.Process.IsRunning).ToList())
                {
                    await Console.Error.WriteLineAsync($"{dead.Name} (pid {dead.Process.Pid}) has ended by itself; the rest goes on.");
                    running.Remove(dead);
                }
            }
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("Stopping …");
        }
        finally
        {
            await processes.StopStartedAsync();
        }
    }
}
