using OpsDb.Chaos;

namespace OpsDb.UnitTests.Chaos;

public sealed class FaultPlanTests
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(2);

    [Test]
    public void The_same_seed_gives_the_same_faults_at_the_same_times([Range(1, 5)] int seed)
    {
        var (one, other) = (Plan(seed), Plan(seed));
        Assert.That(one, Is.EqualTo(other));
    }

    [Test]
    public void Another_seed_gives_other_faults() => Assert.That(Plan(1), Is.Not.EqualTo(Plan(2)));

    [Test]
    public void Nothing_is_disturbed_in_two_ways_at_once_and_everything_is_healed_before_the_end([Range(1, 40)] int seed)
    {
        var plan = FaultPlan.Create(seed, Length, FaultKinds.Default);
        Assert.That(plan, Is.Not.Empty);
        Assert.That(plan.Select(f => f.End), Is.All.LessThan(Length));
        foreach (var fault in plan)
        {
            var beside = plan.Where(o => o != fault && o.At < fault.End && fault.At < o.End).ToList();
            Assert.That(beside, Has.Count.LessThanOrEqualTo(1));
            Assert.That(beside.Select(o => o.Kind.Resource), Has.No.Member(fault.Kind.Resource));
        }
    }

    [Test]
    public void Every_kind_has_its_turn()
    {
        var used = FaultPlan.Create(1, TimeSpan.FromMinutes(20), FaultKinds.Default).Select(f => f.Kind.Name).ToHashSet();
        Assert.That(used, Is.EquivalentTo(FaultKinds.Default.Select(k => k.Name)));
    }

    [Test]
    public void What_may_lose_something_or_makes_all_slow_happens_only_when_it_is_named()
    {
        Assert.That(FaultKinds.Default.Select(k => k.MayLose), Is.All.Null);
        Assert.That(FaultKinds.Find("empty-redis")!.MayLose, Is.EqualTo("log"));
        Assert.That(FaultKinds.Default.Select(k => k.Name), Does.Not.Contain("step-clock"));
        Assert.That(FaultKinds.Find("step-clock")!.MayLose, Is.Null);
    }

    [Test]
    public void The_primary_is_lost_once_and_only_when_it_is_named([Range(1, 20)] int seed)
    {
        var plan = FaultPlan.Create(seed, Length, [FaultKinds.Find("failover")!, FaultKinds.Find("kill-primary")!, FaultKinds.Find("cut-link")!]);
        Assert.That(plan.Count(f => f.Kind.Name == "failover"), Is.EqualTo(1));
        Assert.That(plan, Has.Count.GreaterThan(3));
        Assert.That(Failover.IsIn(plan), Is.True);
        Assert.That(FaultPlan.Create(seed, Length, [FaultKinds.Find("failover")!]), Has.Count.EqualTo(1));
        Assert.That(Failover.IsIn(FaultPlan.Create(seed, Length, FaultKinds.Default)), Is.False);
    }

    [Test]
    public void Names_are_different_and_none_has_two_words_for_the_command_line() =>
        Assert.That(FaultKinds.All.Select(k => k.Name), Is.Unique.And.All.Match("^[a-z]+(-[a-z]+)*$"));

    private static IEnumerable<string> Plan(int seed) => FaultPlan.Create(seed, Length, FaultKinds.Default).Select(f => f.ToString());
}
