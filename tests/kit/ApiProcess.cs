using System.Diagnostics;
using System.Runtime.InteropServices;
using OpsDb.Servers;

namespace OpsDb.TestKit;

/// <summary>A data API as a process of its own, as it is deployed.</summary>
public sealed class ApiProcess : IAsyncDisposable
{
    private readonly Process process;

    private ApiProcess(Process process, TestApi api)
    {
        this.process = process;
        Api = api;
    }

    public TestApi Api { get; }

    public static async Task<ApiProcess> StartAsync(Dictionary<string, string> settings, int port)
    {
        var url = $"http://127.0.0.1:{port}";
        var process = Process.Start(Command(["serve"], new(settings) { ["HTTP_URL"] = url }))!;
        var api = new ApiProcess(process, TestApi.At(url));
        try
        {
            await Eventually.TrueAsync(
                async () => !process.HasExited ? await api.Api.IsReadyAsync() : throw new InvalidOperationException("The process has ended."),
                "the process is ready", 30);
            return api;
        }
        catch
        {
            await api.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a verb to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(Dictionary<string, string> settings, params string[] arguments)
    {
        var run = await ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.DataApi, .. arguments], settings);
        return (run.ExitCode, run.Output, run.Errors);
    }

    public void Signal(PosixSignal signal) => _ = Kill(process.Id, signal == PosixSignal.SIGTERM ? 15 : throw new ArgumentOutOfRangeException(nameof(signal)));

    /// <returns>The exit code, when it ends in time.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan longest)
    {
        using var limit = new CancellationTokenSource(longest);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    /// <summary>Freezes the process: it keeps its connections and does nothing (SIGSTOP).</summary>
    public void Pause() => _ = Kill(process.Id, 19);

    /// <summary>Lets a frozen process go on (SIGCONT).</summary>
    public void Resume() => _ = Kill(process.Id, 18);

    public void KillNow() => process.Kill();

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static ProcessStartInfo Command(string[] arguments, Dictionary<string, string> settings)
    {
        var start = new ProcessStartInfo(BuiltPrograms.Dotnet, [BuiltPrograms.DataApi, .. arguments]) { WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return start;
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int pid, int signal);
}
