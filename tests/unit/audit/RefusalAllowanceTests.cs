using OpsDb.Audit;
using OpsDb.TestKit;

namespace OpsDb.UnitTests.Audit;

/// <summary>How much of being refused comes into the database.</summary>
internal sealed class RefusalAllowanceTests
{
    private readonly ManualClock clock = new();

    [Test]
    public void An_hour_has_so_many_entries_and_one_for_the_rest()
    {
        var allowance = new RefusalAllowance(clock);
        Assert.That(allowance.Admit(Refusals(RefusalAllowance.MaxEntries - 1)), Has.Count.EqualTo(RefusalAllowance.MaxEntries - 1));
        Assert.That(allowance.Admit(Refusals(10)), Has.Count.EqualTo(1));
        Assert.That(allowance.Admit(Refusals(1000)), Is.Empty);
        clock.Pass(TimeSpan.FromMinutes(59));
        Assert.That(allowance.Admit([]), Is.Empty);
        clock.Pass(TimeSpan.FromMinutes(1));
        Assert.That(allowance.Admit([]).Select(r => (r.Requests.Reason, r.Requests.Count)), Is.EqualTo(new[] { ("beyond-allowance", 2 * 1009) }));
        Assert.That(allowance.Admit(Refusals(RefusalAllowance.MaxEntries)), Has.Count.EqualTo(RefusalAllowance.MaxEntries - 1));
    }

    [Test]
    public void A_quiet_hour_is_not_told_of()
    {
        var allowance = new RefusalAllowance(clock);
        allowance.Admit(Refusals(3));
        clock.Pass(TimeSpan.FromHours(2));
        Assert.That(allowance.Admit([]), Is.Empty);
    }

    private static List<Refusal> Refusals(int count) =>
        [.. Enumerable.Range(0, count).Select(n => new Refusal(new("token-unknown", null, "GET", "/", $"10.0.0.{n}", "trace", Count: 2), default))];
}
