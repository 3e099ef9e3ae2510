using OpsDb.Servers;

namespace OpsDb.SystemTests.Chaos;

/// <summary>A run of build/chaos, as a process, and its files.</summary>
internal sealed record ChaosRun(string Folder, ProgramRun Process);

/// <summary>The runs that the tests look at, one after the other: other tests run beside them.</summary>
internal static class ChaosRuns
{
    public static readonly int[] Seeds = [1, 2, 3];

    // OPSDB_CHAOS_MINUTES for more; where CI is set less, because everything there has to be done soon.
    private static readonly string Minutes = Environment.GetEnvironmentVariable("OPSDB_CHAOS_MINUTES") is { Length: > 0 } minutes ? minutes
        : Environment.GetEnvironmentVariable("CI") is { Length: > 0 } ? "0.5" : "2";
    private static readonly Lazy<IReadOnlyList<Task<ChaosRun>>> Running = new(Start);

    public static Task<ChaosRun> OfAsync(int seed) => Running.Value[Array.IndexOf(Seeds, seed)];

    public static Task<ProgramRun> VerifyAsync(string folder) => ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-verify"), folder]);

    public static async Task RemoveAsync()
    {
        foreach (var run in Running.IsValueCreated ? Running.Value : [])
            Directory.Delete((await run).Folder, recursive: true);
    }

    private static IReadOnlyList<Task<ChaosRun>> Start()
    {
        var runs = new List<Task<ChaosRun>>();
        foreach (var seed in Seeds)
            runs.Add(RunAsync(seed, runs.LastOrDefault() ?? Task.CompletedTask));
        return runs;
    }

    private static async Task<ChaosRun> RunAsync(int seed, Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var folder = Directory.CreateTempSubdirectory("opsdb-chaos-").FullName;
        string[] options = ["--seed", $"{seed}", "--minutes", Minutes, "--pace", "20", "--clients", "20", "--out", folder];
        return new(folder, await ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-chaos"), .. options]));
    }
}
