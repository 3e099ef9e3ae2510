using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace OpsDb.Servers;

/// <summary>A program that ran to its end.</summary>
public sealed record ProgramRun(int ExitCode, string Output, string Errors)
{
    public static async Task<ProgramRun> RunAsync(
        IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null, string? input = null, CancellationToken ct = default)
    {
        string[] words = [.. command];
        var info = new ProcessStartInfo(words[0], words.Skip(1))
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        CleanEnvironment(info, environment);
        try
        {
            using var process = Process.Start(info) ?? throw new ServersException($"{words[0]} cannot be started.");
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(ct);
                var errors = process.StandardError.ReadToEndAsync(ct);
                await GiveAsync(process, input, ct);
                await process.WaitForExitAsync(ct);
                return new(process.ExitCode, await output, await errors);
            }
            finally
            {
                if (!process.HasExited)
                    process.Kill(entireProcessTree: true);
            }
        }
        catch (Win32Exception e)
        {
            throw new ServersException($"{words[0]} cannot be started: {e.Message}.", e);
        }
    }

    /// <summary>The program's output; a failure becomes an exception with its last words.</summary>
    public static async Task<string> ReadAsync(
        IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null, string? input = null, CancellationToken ct = default)
    {
        string[] words = [.. command];
        var run = await RunAsync(words, environment, input, ct);
        // setpriv, which changes the user, stands before the program itself.
        var program = Path.GetFileName(words.FirstOrDefault(Path.IsPathRooted, words[0]));
        return run.ExitCode == 0
            ? run.Output
            : throw new ServersException($"{program} failed with exit code {run.ExitCode}: {run.Errors.Trim()}");
    }

    /// <summary>No PG… variable of the caller reaches a program: it would change where the program connects.</summary>
    internal static void CleanEnvironment(ProcessStartInfo info, IReadOnlyDictionary<string, string>? environment)
    {
        foreach (var name in info.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal)).ToArray())
            info.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            info.Environment[name] = value;
    }

    private static async Task GiveAsync(Process process, string? input, CancellationToken ct)
    {
        try
        {
            if (input is not null)
                await process.StandardInput.WriteAsync(input.AsMemory(), ct);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading all of it; its exit code and what it wrote tell why.
        }
    }
}
