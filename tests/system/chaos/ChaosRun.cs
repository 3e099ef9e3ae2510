using OpsDb.Servers;

namespace OpsDb.SystemTests.Chaos;

/// <summary>A run of build/chaos and of build/verify, as processes.</summary>
internal static class ChaosRun
{
    public static Task<ProgramRun> RunAsync(string folder, int seed, string minutes, params string[] more) =>
        ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-chaos"), "--seed", $"{seed}", "--minutes", minutes, "--out", folder, .. more]);

    public static Task<ProgramRun> VerifyAsync(string folder) => ProgramRun.RunAsync([BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-verify"), folder]);
}
