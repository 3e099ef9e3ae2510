using OpsDb.Bench;

namespace OpsDb.UnitTests.Bench;

public sealed class MustBeTests
{
    [TestCase("none", "")]
    [TestCase("value <= 300 MiB", "value 310 MiB")]
    [TestCase("value <= 310 MiB", "")]
    [TestCase("ratio <= 3", "ratio 3.1")]
    [TestCase("ratio >= 3", "")]
    [TestCase("ratio <= 2, value <= 4 MiB", "ratio 3.1, value 310 MiB")]
    [TestCase("p99 <= 10 ms", "", Description = "It was not measured.")]
    public void What_is_missed_is_told_with_its_figure(string target, string missed) =>
        Assert.That(string.Join(", ", MustBe.Missed(new Row("growth", 310, "MiB", 100, target))), Is.EqualTo(missed));

    [Test]
    public void A_target_that_nobody_understands_is_no_target() =>
        Assert.That(() => MustBe.Missed(new Row("growth", 310, "MiB", 100, "value <= 300 parsecs")), Throws.TypeOf<BenchException>());
}
