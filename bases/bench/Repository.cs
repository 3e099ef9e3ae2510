namespace OpsDb.Bench;

/// <summary>Where the product's files are; the program lies in its <c>artifacts/bin/opsdb-bench/release</c>.</summary>
internal static class Repository
{
    public static FileInfo Output { get; } = new(System.IO.Path.Combine(AppContext.BaseDirectory.TrimEnd('/'), "opsdb-bench.dll"));

    public static string Path(params IEnumerable<string> parts) => System.IO.Path.GetFullPath(System.IO.Path.Combine([Output.DirectoryName!, "../../../..", .. parts]));

    /// <summary>The folder of another of its programs.</summary>
    public static string Program(string project) => Path("artifacts", "bin", project, Output.Directory!.Name);
}
