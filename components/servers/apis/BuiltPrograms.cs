namespace OpsDb.Servers;

/// <summary>The programs of this source tree, where the build has put them: beside the running one, in the same configuration.</summary>
public static class BuiltPrograms
{
    private static readonly DirectoryInfo Output = new(AppContext.BaseDirectory.TrimEnd('/'));

    /// <summary>The top of the source tree: artifacts/bin/[project]/[configuration] is four folders down.</summary>
    public static string Root => Path.GetFullPath(Path.Combine(Output.FullName, "../../../.."));

    public static string Samples => Path.Combine(Root, "samples");

    /// <summary>The <c>dotnet</c> that runs this program.</summary>
    public static string Dotnet => Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";

    public static string DataApi => Of("opsdb-data-api");

    public static string Of(string project) => Path.GetFullPath(Path.Combine(Output.FullName, "../..", project, Output.Name, $"{project}.dll"));

    /// <summary>
    /// The command that runs a program as the servers' user: root's rights are not for what listens. Where that user cannot read the
    /// program it runs as the caller.
    /// </summary>
    public static async Task<IReadOnlyList<string>> AsServerAsync(string program, CancellationToken ct, params IEnumerable<string> arguments)
    {
        var user = await ServerUser.FindAsync(ct);
        return await user.CanReadAsync(program, ct) ? [.. user.Command(Dotnet, [program, .. arguments])] : [Dotnet, program, .. arguments];
    }

    /// <summary>Runs a verb of the data API to its end and gives its output; its errors go into the exception.</summary>
    public static Task<string> RunDataApiAsync(IReadOnlyDictionary<string, string> settings, CancellationToken ct, params IEnumerable<string> verb) =>
        ProgramRun.ReadAsync([Dotnet, DataApi, .. verb], settings, ct: ct);
}
