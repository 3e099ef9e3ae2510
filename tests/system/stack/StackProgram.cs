using OpsDb.Servers;
using OpsDb.Stack;

namespace OpsDb.SystemTests.Stack;

/// <summary>The program of the stack, as build/run, build/tour and build/stop start it, with one home.</summary>
internal sealed class StackProgram(StackHome home)
{
    /// <summary>Whether its servers are containers, whatever this machine has.</summary>
    public bool InContainers { get; init; }

    private TimeSpan Deadline => TimeSpan.FromMinutes(InContainers ? 10 : 5);

    private string LogFolder => Path.GetDirectoryName(home.Log("any"))!;

    /// <summary>Of each run: servers of its own, whatever the tests' environment names.</summary>
    public Dictionary<string, string> Environment()
    {
        var environment = new Dictionary<string, string>
        {
            [StackHome.Setting] = home.Folder,
            ["OPSDB_POSTGRES_PRIMARY"] = "",
            ["OPSDB_POSTGRES_REPLICA"] = "",
            ["OPSDB_REDIS"] = "",
        };
        if (InContainers)
            environment[ServerSources.Setting] = "containers";
        return environment;
    }

    public async Task<ProgramRun> RunAsync(params IEnumerable<string> arguments)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        return await ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-stack"), .. arguments], Environment(), ct: deadline.Token);
    }

    /// <returns>What it has written.</returns>
    public async Task<string> SucceedsAsync(params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.That(run.ExitCode, Is.Zero, () => $"{Logs()}\n\n{string.Join(' ', arguments)}: {run.Output}{run.Errors}");
        return run.Output;
    }

    private string Logs() => Directory.Exists(LogFolder)
        ? string.Join('\n', Directory.GetFiles(LogFolder).Select(f => $"\n{Path.GetFileName(f)}:\n{File.ReadAllText(f)}"))
        : "";
}
