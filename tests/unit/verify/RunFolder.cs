using System.Text;
using System.Text.Json.Nodes;
using OpsDb.Verify;

namespace OpsDb.UnitTests.Verify;

/// <summary>The files of a run, which a test may edit before it has them checked.</summary>
internal sealed class RunFolder : IDisposable
{
    private readonly Lazy<List<JsonObject>> history, final, faults;

    public RunFolder(int seed, int operations, bool digests = false)
    {
        Folder = Directory.CreateTempSubdirectory("opsdb-verify-").FullName;
        using (var lines = new StreamWriter(PathOf("history")))
        {
            var run = new SyntheticHistory(seed, operations, lines);
            run.Run();
            using var end = new StreamWriter(PathOf("final"));
            run.WriteFinal(end, digests);
            using var disturbances = new StreamWriter(PathOf("faults"));
            run.WriteFaults(disturbances);
        }
        (history, final, faults) = (new(() => Parse("history")), new(() => Parse("final")), new(() => Parse("faults")));
    }

    /// <summary>Files without a line.</summary>
    public RunFolder()
    {
        Folder = Directory.CreateTempSubdirectory("opsdb-verify-").FullName;
        (history, final, faults) = (new([]), new([]), new([]));
    }

    public string Folder { get; }

    public List<JsonObject> History => history.Value;

    public List<JsonObject> Final => final.Value;

    public List<JsonObject> Faults => faults.Value;

    /// <summary>What the check said.</summary>
    public string Output { get; private set; } = "";

    public int Check()
    {
        foreach (var (name, lines) in new[] { ("history", history), ("final", final), ("faults", faults) })
        {
            if (lines.IsValueCreated)
                File.WriteAllLines(PathOf(name), lines.Value.Select(l => l.ToJsonString()));
        }
        var output = new StringWriter();
        var code = VerifyBase.Run([Folder], output, output);
        Output = output.ToString();
        return code;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private string PathOf(string name) => Path.Combine(Folder, $"{name}.jsonl");

    private List<JsonObject> Parse(string name) => [.. File.ReadAllLines(PathOf(name), Encoding.UTF8).Select(l => JsonNode.Parse(l)!.AsObject())];
}
