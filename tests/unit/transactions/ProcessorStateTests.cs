using OpsDb.Transactions;

namespace OpsDb.UnitTests.Transactions;

internal sealed class ProcessorStateTests
{
    private static readonly DateTimeOffset Now = new(2027, 1, 2, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void One_that_makes_no_turn_for_minutes_is_told_from_one_that_has_nothing_to_do()
    {
        var state = new ProcessorState();
        Assert.That(state.SilentFor(Now), Is.Null, "none runs here");
        state.Begin(Now);
        Assert.That(state.SilentFor(Now.AddMinutes(2)), Is.Null, "a batch may take its time");
        Assert.That(state.SilentFor(Now.AddMinutes(4)), Is.EqualTo(TimeSpan.FromMinutes(4)));
        state.Begin(Now.AddMinutes(4));
        Assert.That(state.SilentFor(Now.AddMinutes(5)), Is.Null, "it goes on");
    }
}
