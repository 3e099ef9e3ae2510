using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace OpsDb.UnitTests.Transactions;

/// <summary>The folders of transactions build on each other in one order, so that each can be read with only those before it in mind.</summary>
public sealed partial class FolderOrderTests
{
    private static readonly string[] Order = ["positions", "records", "log", "epochs", "overlay", "reading", "accepting", "applying", "operating"];

    [Test]
    public void Every_folder_has_its_place_in_the_order() =>
        Assert.That(Directory.GetDirectories(Root()).Select(Path.GetFileName).Except(["endpoints", "bin", "obj"]), Is.EquivalentTo(Order));

    [TestCaseSource(nameof(Order))]
    public void A_folder_names_no_type_of_a_later_one(string folder)
    {
        var later = Order.SkipWhile(f => f != folder).Skip(1).SelectMany(f => Sources(f).SelectMany(s => TypeDeclaration().Matches(s.Code))
            .Select(m => m.Groups["name"].Value)).ToHashSet();
        var named = Sources(folder).SelectMany(s => TypeUse().Matches(s.Code).Select(w => w.Groups["name"].Value).Where(later.Contains).Distinct()
            .Select(w => $"{s.File} names {w}"));
        Assert.That(named, Is.Empty);
    }

    [TestCase("internal sealed class A(Overlay overlay)")]
    [TestCase("Task<Overlay> Find()")]
    [TestCase("Func<int, Overlay> make")]
    [TestCase("var x = new Overlay(1)")]
    [TestCase("if (x is Overlay { Floor: 1 })")]
    [TestCase("Overlay.Empty")]
    [TestCase("(Overlay)x")]
    [TestCase("Overlay? latest")]
    [TestCase("class A : Overlay<T>")]
    public void A_type_is_noticed_wherever_it_is_named(string code) =>
        Assert.That(TypeUse().Matches(code).Select(m => m.Groups["name"].Value), Does.Contain("Overlay"));

    private static IEnumerable<(string File, string Code)> Sources(string folder) =>
        Directory.GetFiles(Path.Combine(Root(), folder), "*.cs").Select(f => (Path.GetFileName(f), Comment().Replace(File.ReadAllText(f), "")));

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(here, "../../../../components/transactions"));

    [GeneratedRegex(@"^(public|internal)[\w ]* (class|record|struct|interface|enum) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();

    /// <summary>A name where only a type can stand: properties bear the names of types, too.</summary>
    [GeneratedRegex(@"(?<![.\w])(?<name>[A-Z]\w*)(?=(\?|\[\])?\s+[a-z]\w*\b|\.[A-Z])"
        + @"|(?<=(\bnew|\bis|\bas|:)\s|[<(]|<[^<>;]*, )(?<name>[A-Z]\w*)(?=[(<>){]|\s\{|\?)")]
    private static partial Regex TypeUse();
}
