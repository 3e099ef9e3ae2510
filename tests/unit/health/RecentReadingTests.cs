using OpsDb.Health;
using OpsDb.TestKit;

namespace OpsDb.UnitTests.Health;

public sealed class RecentReadingTests
{
    private readonly ManualClock clock = new();
    private int begun;

    [Test]
    public async Task All_who_ask_while_one_is_under_way_share_it()
    {
        var hanging = new TaskCompletionSource<int>();
        var reading = new RecentReading<int>(_ => Begin(hanging.Task), TimeSpan.FromSeconds(1), clock);
        var asked = Enumerable.Range(0, 1000).Select(_ => reading.ReadAsync(CancellationToken.None)).ToList();
        clock.Pass(TimeSpan.FromMinutes(1));
        asked.Add(reading.ReadAsync(CancellationToken.None));
        hanging.SetResult(7);
        Assert.That(await Task.WhenAll(asked), Is.All.EqualTo(7));
        Assert.That(begun, Is.EqualTo(1));
    }

    [Test]
    public async Task A_recent_one_is_enough_and_an_old_one_is_not()
    {
        var reading = new RecentReading<int>(_ => Begin(Task.FromResult(begun)), TimeSpan.FromSeconds(1), clock);
        await reading.ReadAsync(CancellationToken.None);
        clock.Pass(TimeSpan.FromSeconds(0.9));
        await reading.ReadAsync(CancellationToken.None);
        Assert.That(begun, Is.EqualTo(1));
        clock.Pass(TimeSpan.FromSeconds(0.1));
        await reading.ReadAsync(CancellationToken.None);
        Assert.That(begun, Is.EqualTo(2));
    }

    [Test]
    public async Task Who_goes_away_ends_it_for_nobody_else()
    {
        var hanging = new TaskCompletionSource<int>();
        var reading = new RecentReading<int>(_ => Begin(hanging.Task), TimeSpan.FromSeconds(1), clock);
        using var gone = new CancellationTokenSource();
        var (impatient, patient) = (reading.ReadAsync(gone.Token), reading.ReadAsync(CancellationToken.None));
        await gone.CancelAsync();
        Assert.That(async () => await impatient, Throws.InstanceOf<OperationCanceledException>());
        hanging.SetResult(7);
        Assert.That(await patient, Is.EqualTo(7));
    }

    [Test]
    public async Task A_failure_is_shared_like_an_answer_and_not_kept_longer()
    {
        Task<int> FailOnce() => begun == 0 ? Task.FromException<int>(new IOException()) : Task.FromResult(7);
        var reading = new RecentReading<int>(_ => Begin(FailOnce()), TimeSpan.FromSeconds(1), clock);
        Assert.That(() => reading.ReadAsync(CancellationToken.None), Throws.InstanceOf<IOException>());
        Assert.That(() => reading.ReadAsync(CancellationToken.None), Throws.InstanceOf<IOException>());
        Assert.That(begun, Is.EqualTo(1));
        clock.Pass(TimeSpan.FromSeconds(1));
        Assert.That(await reading.ReadAsync(CancellationToken.None), Is.EqualTo(7));
    }

    private Task<int> Begin(Task<int> answer)
    {
        Interlocked.Increment(ref begun);
        return answer;
    }
}
