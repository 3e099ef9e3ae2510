using OpsDb.Bench;

namespace OpsDb.UnitTests.Bench;

public sealed class BenchResultsTests
{
    private static readonly Machine Machine = new("some processor", 2, 24, "6.1.0");

    private static readonly Row Start = new("start_16", 1506, "req/s", 8560, "ratio >= 0.35", 23.6, 442, 80.8)
    {
        Command = "a command",
        Measured = new(2026, 11, 21),
    };

    private static readonly Row Drain = new("drain_20000_rtt200", 6.594, "s", 7.277, "value <= 10 s");

    [Test]
    public void What_is_written_is_read_again()
    {
        var read = BenchResults.Parse(Of(Start, Drain).ToJson());
        Assert.Multiple(() =>
        {
            Assert.That(read.Machine, Is.EqualTo(Machine));
            Assert.That(read.Versions, Is.EqualTo(new Dictionary<string, string> { ["Redis"] = "7.0.15" }));
            Assert.That(read.Rows, Is.EqualTo([Start, Drain]));
        });
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("[1]")]
    [TestCase("<<<<<<< HEAD")]
    public void A_file_in_another_form_is_refused_in_a_sentence(string json) =>
        Assert.That(() => BenchResults.Parse(json), Throws.TypeOf<BenchException>().With.Message.Contains("cannot be read"));

    [Test]
    public void Rows_that_were_not_measured_again_stay_in_their_place()
    {
        var faster = Drain with { Value = 5 };
        Assert.That(Of(faster, Drain with { Name = "new" }).After(Of(Start, Drain)).Rows, Is.EqualTo([Start, faster, Drain with { Name = "new" }]));
    }

    [Test]
    public void Rows_of_another_machine_do_not_stay() =>
        Assert.That(Of(Drain).After(Of(Start) with { Machine = Machine with { Cores = 64 } }).Rows, Is.EqualTo([Drain]));

    [Test]
    public void People_get_a_table_with_machine_versions_and_commands()
    {
        var text = Of(Start, Drain).ToMarkdown();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("| `start_16` | 1506 | req/s | 8560 | 0.176 | ratio >= 0.35 | 23.6 | 442 | 80.8 | 2026-11-21 |\n"));
            Assert.That(text, Does.Contain("| `drain_20000_rtt200` | 6.594 | s | 7.277 | 0.906 | value <= 10 s |  |  |  |  |\n"));
            Assert.That(text, Does.Contain("some processor, 2 cores, 24 GiB of memory, Linux 6.1.0"));
            Assert.That(text, Does.Contain("Redis 7.0.15"));
            Assert.That(text, Does.Contain("- `a command`\n"));
        });
    }

    private static BenchResults Of(params Row[] rows) => new(Machine, new Dictionary<string, string> { ["Redis"] = "7.0.15" }, rows);
}
