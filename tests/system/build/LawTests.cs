using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace OpsDb.SystemTests.Build;

/// <summary>Builds small trees with the project's own build files, and plants what the law forbids.</summary>
public sealed class LawTests
{
    private static readonly string[] BuildFiles =
        ["global.json", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props",
        "components/Directory.Build.props", "build/PolylithCheck.targets"];

    private readonly string _tree = Directory.CreateTempSubdirectory("opsdb-law-").FullName;

    [SetUp]
    public void CopyBuildFiles()
    {
        foreach (var file in BuildFiles)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_tree, file))!);
            File.Copy(Path.Combine(Root(), file), Path.Combine(_tree, file));
        }

        Plant("components/kernel", "");
    }

    [TearDown]
    public void RemoveTree() => Directory.Delete(_tree, recursive: true);

    [Test]
    public async Task A_right_reference_builds()
    {
        Plant("components/stars", Reference("../kernel/kernel.csproj"));
        var (exitCode, output) = await BuildAsync("components/stars");
        Assert.That(exitCode, Is.Zero, output);
    }

    [TestCase("components/kernel", "components/stars", "the kernel references nothing")]
    [TestCase("components/planets", "components/stars/db", "a component's inside references kernel and the insides of other components only")]
    [TestCase("components/planets/db", "components/stars", "a component's db references kernel, database and its own inside only")]
    [TestCase("components/planets/endpoints", "components/stars", "a component's endpoints reference kernel, web and its own inside only")]
    [TestCase("components/redis", "components/stars", "a technology component references the kernel only")]
    [TestCase("components/transactions", "components/stars", "transactions references kernel, database and redis only")]
    [TestCase("bases/sky", "bases/ground", "a base references components and clients only")]
    [TestCase("clients/moon", "components/stars", "a client knows the product by its API document and references nothing")]
    [TestCase("projects/sky", "components/stars", "a project references bases only")]
    [TestCase("elsewhere", "components/stars", "a project lives in components, clients, bases, projects or tests")]
    public async Task A_wrong_reference_stops_the_build(string brick, string referenced, string rule)
    {
        Plant(referenced, "");
        Plant(brick, Reference(Path.GetRelativePath(Path.Combine(_tree, brick), ProjectFile(referenced))));
        var (exitCode, output) = await BuildAsync(brick);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain($"error OPS001: {brick} references {Path.GetRelativePath(_tree, ProjectFile(referenced))}, but {rule}"));
    }

    [Test]
    public async Task A_package_of_another_brick_stops_the_build()
    {
        Plant("components/stars", """<PackageReference Include="Dapper" />""");
        var (exitCode, output) = await BuildAsync("components/stars");
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain("error OPS001: components/stars references the package(s) Dapper, but each package belongs to one brick"));
    }

    private static string Reference(string path) => $"""<ProjectReference Include="{path}" />""";

    private void Plant(string brick, string items)
    {
        Directory.CreateDirectory(Path.Combine(_tree, brick));
        File.WriteAllText(ProjectFile(brick), $"""<Project Sdk="Microsoft.NET.Sdk"><ItemGroup>{items}</ItemGroup></Project>""");
    }

    private string ProjectFile(string brick) => Path.Combine(_tree, brick, $"{Path.GetFileName(brick)}.csproj");

    private async Task<(int ExitCode, string Output)> BuildAsync(string brick)
    {
        var start = new ProcessStartInfo("dotnet", ["build", ProjectFile(brick), "--nologo", "-m:1", "-nodeReuse:false", "-p:UseSharedCompilation=false"])
        {
            WorkingDirectory = _tree,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The test's own host has set variables for its build, and a planted tree has no lock files.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || k == "CI").ToArray())
            start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }

    /// <summary>tests/system/build is three folders down.</summary>
    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));
}
