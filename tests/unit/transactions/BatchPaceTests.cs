using OpsDb.Transactions;

namespace OpsDb.UnitTests.Transactions;

/// <summary>While little waits and the main database is near, batches are small and wait for each other.</summary>
internal sealed class BatchPaceTests
{
    private readonly BatchReader batches = new(null!, null!, 20_000);

    [TestCase(0, 100)]
    [TestCase(799, 100)]
    [TestCase(1999, 249)]
    public void A_batch_takes_an_eighth_of_the_little_that_waits_and_no_fewer_than_a_hundred(long waiting, int size)
    {
        batches.Applied(TimeSpan.FromMilliseconds(5), whole: true);
        batches.Expect(waiting);
        Assert.That((batches.IsPaced, batches.NextSize), Is.EqualTo((true, size)));
    }

    [Test]
    public void What_has_piled_up_is_taken_in_batches_as_large_as_they_may_be()
    {
        batches.Applied(TimeSpan.FromMilliseconds(5), whole: true);
        batches.Expect(2000);
        Assert.That((batches.IsPaced, batches.NextSize), Is.EqualTo((false, 2000)));
    }

    [Test]
    public void A_main_database_behind_a_long_link_gets_batches_as_large_as_they_may_be()
    {
        batches.Applied(TimeSpan.FromMilliseconds(200), whole: true);
        batches.Expect(10);
        Assert.That((batches.IsPaced, batches.NextSize), Is.EqualTo((false, 2000)));
    }

    [Test]
    public void A_batch_is_not_larger_than_it_may_be()
    {
        for (var i = 0; i < 20; i++)
            batches.Failed();
        batches.Applied(TimeSpan.FromMilliseconds(5), whole: false);
        batches.Expect(500);
        Assert.That(batches.NextSize, Is.EqualTo(1));
    }
}
