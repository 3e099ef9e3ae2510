using OpsDb.Servers;

namespace OpsDb.SystemTests.Chaos;

/// <summary>A run of build/chaos, as a process, and its files.</summary>
internal sealed record ChaosRun(string Folder, ProgramRun Process);

/// <summary>The runs that the tests look at: all at the same time, because what they mostly do is wait for faults to pass.</summary>
internal static class ChaosRuns
{
    public static readonly int[] Seeds = [1, 2, 3];

    // OPSDB_CHAOS_MINUTES for more; clients rest between their calls, because other tests run beside them.
    private static readonly string Minutes = Environment.GetEnvironmentVariable("OPSDB_CHAOS_MINUTES") is { Length: > 0 } minutes ? minutes : "1";
    private static readonly Lazy<Task<ChaosRun[]>> Running = new(() => Task.WhenAll(Seeds.Select(RunAsync)));

    public static async Task<ChaosRun> OfAsync(int seed) => (await Running.Value)[Array.IndexOf(Seeds, seed)];

    public static Task<ProgramRun> VerifyAsync(string folder) => ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-verify"), folder]);

    public static async Task RemoveAsync()
    {
        foreach (var run in Running.IsValueCreated ? await Running.Value : [])
            Directory.Delete(run.Folder, recursive: true);
    }

    private static async Task<ChaosRun> RunAsync(int seed)
    {
        var folder = Directory.CreateTempSubdirectory("opsdb-chaos-").FullName;
        return new(folder, await ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-chaos"), "--seed", $"{seed}", "--minutes", Minutes, "--pace", "40", "--clients", "20", "--out", folder]));
    }
}
