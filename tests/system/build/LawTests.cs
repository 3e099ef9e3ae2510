using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace OpsDb.SystemTests.Build;

/// <summary>Builds small trees with the project's own build files, and plants what the law forbids.</summary>
public sealed class LawTests
{
    private static readonly string[] BuildFiles =
    [
        "global.json", ".editorconfig", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props",
        "components/Directory.Build.props", "build/PolylithCheck.targets", "build/LineLength.targets",
    ];

    private readonly string tree = Directory.CreateTempSubdirectory("opsdb-law-").FullName;

    [SetUp]
    public void CopyBuildFiles()
    {
        foreach (var file in BuildFiles)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(tree, file))!);
            File.Copy(Path.Combine(Root(), file), Path.Combine(tree, file));
        }

        Plant("components/kernel", "");
    }

    [TearDown]
    public void RemoveTree() => Directory.Delete(tree, recursive: true);

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
    [TestCase("components/planets/http", "components/database", "an adapter of a component references kernel and its own inside only")]
    [TestCase("components/redis", "components/stars", "a technology component references the kernel only")]
    [TestCase("components/transactions", "components/stars", "transactions references kernel, database and redis only")]
    [TestCase("bases/sky", "bases/ground", "a base references components, clients and the base site-base only")]
    [TestCase("clients/moon", "components/stars", "a client knows the product by its API document and references nothing")]
    [TestCase("projects/sky", "components/stars", "a project references bases only")]
    [TestCase("elsewhere", "components/stars", "a project lives in components, clients, bases, projects or tests")]
    public async Task A_wrong_reference_stops_the_build(string brick, string referenced, string rule)
    {
        Plant(referenced, "");
        Plant(brick, Reference(Path.GetRelativePath(Path.Combine(tree, brick), ProjectFile(referenced))));
        var (exitCode, output) = await BuildAsync(brick);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain($"error OPS001: {brick} references {Path.GetRelativePath(tree, ProjectFile(referenced))}, but {rule}"));
    }

    [Test]
    public async Task A_package_of_another_brick_stops_the_build()
    {
        Plant("components/stars", """<PackageReference Include="Dapper" />""");
        var (exitCode, output) = await BuildAsync("components/stars");
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain("error OPS001: components/stars references the package(s) Dapper, but each package belongs to one brick"));
    }

    [Test]
    public async Task A_line_that_is_too_long_stops_the_build()
    {
        PlantSource("bases/sky", $"namespace Sky;\n\n// {new string('–', 157)}\n// {new string('–', 158)}\n");
        var (exitCode, output) = await BuildAsync("bases/sky");
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain("Source.cs(4) : error OPS002: a line has at most 160 characters").And.Not.Contain("Source.cs(3)"));
    }

    [Test]
    public async Task A_field_with_another_kind_of_name_stops_the_build()
    {
        PlantSource("bases/sky", "namespace Sky;\n\npublic class Star\n{\n    private int _mass;\n\n    public int Mass => _mass++;\n}\n");
        var (exitCode, output) = await BuildAsync("bases/sky");
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(output, Does.Contain("error IDE1006: Naming rule violation: Prefix '_' is not expected"));
    }

    private static string Reference(string path) => $"""<ProjectReference Include="{path}" />""";

    private void Plant(string brick, string items)
    {
        Directory.CreateDirectory(Path.Combine(tree, brick));
        File.WriteAllText(ProjectFile(brick), $"""<Project Sdk="Microsoft.NET.Sdk"><ItemGroup>{items}</ItemGroup></Project>""");
    }

    private void PlantSource(string brick, string source)
    {
        Plant(brick, "");
        File.WriteAllText(Path.Combine(tree, brick, "Source.cs"), source);
    }

    private string ProjectFile(string brick) => Path.Combine(tree, brick, $"{Path.GetFileName(brick)}.csproj");

    private async Task<(int ExitCode, string Output)> BuildAsync(string brick)
    {
        var start = new ProcessStartInfo("dotnet", ["build", ProjectFile(brick), "--nologo", "-m:1", "-nodeReuse:false", "-p:UseSharedCompilation=false"])
        {
            WorkingDirectory = tree,
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
