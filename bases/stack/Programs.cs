using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>Where the programs of this project lie: beside this one, in the build's output.</summary>
internal static class Programs
{
    private static readonly DirectoryInfo Output = new(AppContext.BaseDirectory.TrimEnd('/'));

    /// <summary>artifacts/bin/opsdb-stack/release is four folders down.</summary>
    public static string ProjectFolder => Path.GetFullPath(Path.Combine(Output.FullName, "../../../.."));

    public static string DataApi => Beside("opsdb-data-api");

    public static string Stack => Beside("opsdb-stack");

    public static string Samples => Path.Combine(ProjectFolder, "samples");

    /// <summary>The <c>dotnet</c> that runs this program.</summary>
    public static string Dotnet => Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";

    /// <summary>Runs a verb of the data API to its end and gives its output; its errors go into the exception.</summary>
    public static async Task<string> RunDataApiAsync(IReadOnlyDictionary<string, string> environment, CancellationToken ct, params IEnumerable<string> verb) =>
        await ProgramRun.ReadAsync([Dotnet, DataApi, .. verb], environment, ct: ct);

    private static string Beside(string project) => Path.GetFullPath(Path.Combine(Output.FullName, "../..", project, Output.Name, $"{project}.dll"));
}
