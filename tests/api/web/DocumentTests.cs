using OpsDb.DataApi;
using OpsDb.Kernel;
using OpsDb.Servers;

namespace OpsDb.ApiTests.Web;

/// <summary>What is committed is what the product says of itself.</summary>
public sealed class DocumentTests
{
    [Test]
    public async Task The_committed_API_document_is_the_present_one() =>
        Assert.That(await ApiDocument.ReadAsync(CancellationToken.None), Is.EqualTo(Committed("docs/openapi/v1.json")),
            "write it again with: opsdb-data-api openapi > docs/openapi/v1.json");

    [Test]
    public void The_committed_table_of_settings_is_the_present_one() =>
        Assert.That(Committed("docs/configuration.md"), Does.EndWith(SettingsReference.Markdown()), "write it again with: opsdb-data-api config reference");

    [Test]
    public void Every_kind_of_problem_is_in_the_documentation()
    {
        var problems = ApiComponents.Contributions<ProblemSet>().SelectMany(s => s.Problems).OrderBy(p => p.Code, StringComparer.Ordinal);
        var table = string.Concat(problems.Select(p => $"| `{p.Code}` | {p.Title} | {p.Remedy} |\n"));
        Assert.That(Committed("docs/problems.md"), Does.EndWith(table));
    }

    private static string Committed(string path) => File.ReadAllText(Path.Combine(BuiltPrograms.Root, path));
}
