using OpsDb.Transactions;

namespace OpsDb.UnitTests.Transactions;

internal sealed class ProcessorStateTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Test]
    public void Where_something_was_held_is_told_until_no_read_can_be_older()
    {
        var state = new ProcessorState();
        Assert.That(state.HeldFrom, Is.EqualTo(0), "nothing is known to be applied");
        state.Held(null, Now);
        Assert.That(state.HeldFrom, Is.Null);
        state.Held(7, Now);
        state.Held(9, Now.AddSeconds(30));
        state.Held(null, Now.AddSeconds(59));
        Assert.That(state.HeldFrom, Is.EqualTo(7));
        state.Held(9, Now.AddSeconds(61));
        Assert.That(state.HeldFrom, Is.EqualTo(9));
        state.Held(8, Now.AddSeconds(62));
        Assert.That(state.HeldFrom, Is.EqualTo(8), "an older one is told at once");
        state.Held(null, Now.AddSeconds(123));
        Assert.That(state.HeldFrom, Is.Null);
    }
}
