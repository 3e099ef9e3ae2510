using OpsDb.TestKit;
using OpsDb.Web;

namespace OpsDb.UnitTests.Web;

public sealed class BucketTests
{
    private readonly ManualClock clock = new();

    [Test]
    public void A_bucket_holds_a_burst_and_fills_again()
    {
        var buckets = new Buckets(2, 4, clock);
        Assert.That(Enumerable.Range(0, 6).Select(_ => buckets.Take("a").IsTaken), Is.EqualTo((bool[])[true, true, true, true, false, false]));
        Assert.That(buckets.Take("b"), Is.EqualTo((true, 3, 1)), "others have their own");
        clock.Pass(TimeSpan.FromSeconds(0.5));
        Assert.That((buckets.Take("a"), buckets.Take("a")), Is.EqualTo(((true, 0, 2), (false, 0, 2))));
        clock.Pass(TimeSpan.FromHours(1));
        Assert.That(buckets.Take("a"), Is.EqualTo((true, 3, 1)));
    }

    [Test]
    public void However_many_come_there_are_so_many_buckets_at_most()
    {
        var buckets = new Buckets(1, 2, clock);
        for (var i = 0; i < Buckets.Most; i++)
            buckets.Take($"{i}");
        Assert.That(Enumerable.Range(0, 4).Select(i => buckets.Take($"late {i}").IsTaken), Is.EqualTo((bool[])[true, true, false, false]), "they share one");
        clock.Pass(TimeSpan.FromSeconds(5));
        Assert.That(Enumerable.Range(0, 4).Select(i => buckets.Take($"later {i}").IsTaken), Is.All.True, "those who rest are forgotten");
    }
}
