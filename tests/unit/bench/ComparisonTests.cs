using OpsDb.Bench;

namespace OpsDb.UnitTests.Bench;

public sealed class ComparisonTests
{
    [TestCase("req/s", 100, 84, true)]
    [TestCase("req/s", 100, 86, false)]
    [TestCase("req/s", 100, 200, false)]
    [TestCase("s", 100, 116, true)]
    [TestCase("s", 100, 114, false)]
    [TestCase("s", 100, 50, false)]
    public void A_ratio_is_worse_when_a_rate_falls_or_a_time_rises_by_more_than_15_percent(string unit, double before, double now, bool isWorse) =>
        Assert.That(Compare(Row("a", unit, before, 100), Row("a", unit, now, 100)), Has.Count.EqualTo(isWorse ? 1 : 0));

    [Test]
    public void A_slower_machine_makes_nothing_worse() => Assert.That(Compare(Row("a", "s", 1, 2), Row("a", "s", 10, 20)), Is.Empty);

    [Test]
    public void A_new_row_is_compared_with_nothing() => Assert.That(Compare(Row("a", "s", 1, 1), Row("b", "s", 9, 1)), Is.Empty);

    [Test]
    public void What_got_worse_is_named_with_both_ratios() =>
        Assert.That(Compare(Row("start_16", "req/s", 40, 100), Row("start_16", "req/s", 30, 100)).Single().ToString(),
            Is.EqualTo("start_16: ratio 0.400 before, 0.300 now: 25 % worse"));

    private static IReadOnlyList<Worse> Compare(Row before, Row now) => Comparison.Of([before], [now]);

    private static Row Row(string name, string unit, double value, double floor) => new(name, value, unit, floor, "none");
}
