using OpsDb.Verify;

namespace OpsDb.UnitTests.Verify;

public sealed class CorrectHistoryTests
{
    [Test]
    public void A_correct_history_is_proven_whatever_the_seed([Range(1, 30)] int seed)
    {
        using var run = new RunFolder(seed, 200 + (seed * 37 % 1500));
        Assert.That(run.Check(), Is.Zero, run.Output);
        Assert.That(run.Output, Does.Contain("PROVEN"));
    }

    [Test, Explicit("Takes minutes, most of them to make the history, and 1.5 GB of disk.")]
    public void A_million_calls_are_checked_within_a_minute()
    {
        using var run = new RunFolder(7, 1_000_000, digests: true);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.That(run.Check(), Is.Zero, run.Output);
        TestContext.Out.WriteLine(run.Output);
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromMinutes(1)));
    }

    [Test]
    public void Files_that_are_not_in_the_format_are_unusable()
    {
        using var run = new RunFolder(1, 50);
        run.History.Insert(3, new System.Text.Json.Nodes.JsonObject { ["client"] = "c1" });
        Assert.That(run.Check(), Is.EqualTo(2), run.Output);
        Assert.That(run.Output, Does.Contain("history.jsonl:4: a call has"));
    }

    [Test]
    public void A_history_without_its_final_state_is_unusable()
    {
        using var run = new RunFolder(1, 50);
        Assert.That(VerifyBase.Run([Path.Combine(run.Folder, "elsewhere.jsonl")], TextWriter.Null, TextWriter.Null), Is.EqualTo(2));
    }
}
