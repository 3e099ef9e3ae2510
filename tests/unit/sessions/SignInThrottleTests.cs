using System.Net;
using OpsDb.Kernel;
using OpsDb.Sessions;
using OpsDb.TestKit;

namespace OpsDb.UnitTests.Sessions;

/// <summary>Guessing is slow, and nobody is locked out.</summary>
public sealed class SignInThrottleTests
{
    private static readonly IPAddress Attacker = IPAddress.Parse("192.0.2.66"), Home = IPAddress.Parse("192.0.2.7");

    private readonly ManualClock clock = new();

    [Test]
    public async Task After_some_failures_each_attempt_waits_twice_as_long()
    {
        var throttle = With(new ProcessMemory(clock));
        Assert.That(await ChargeAsync(throttle, 6), Is.EqualTo(Enumerable.Repeat(0.0, 6)));
        foreach (var seconds in (int[])[1, 2, 4, 8])
        {
            Assert.That(await ChargeAsync(throttle, 2), Is.EqualTo(Enumerable.Repeat((double)seconds, 2)), "asking again makes it no longer");
            clock.Now += TimeSpan.FromSeconds(seconds);
            Assert.That(await ChargeAsync(throttle, 1), Is.EqualTo((double[])[0]));
        }
    }

    [Test]
    public async Task From_another_address_nobody_notices()
    {
        var throttle = With(new ProcessMemory(clock));
        for (var i = 0; i < 100; i++)
            await throttle.ChargeAsync("observer", Attacker, CancellationToken.None);
        Assert.That(await throttle.ChargeAsync("observer", Home, CancellationToken.None), Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public async Task Who_tries_many_users_waits_as_well()
    {
        var throttle = With(new ProcessMemory(clock));
        var let = 0;
        for (var i = 0; i < 100; i++)
            let += await throttle.ChargeAsync($"user{i}", Attacker, CancellationToken.None) == TimeSpan.Zero ? 1 : 0;
        Assert.That(let, Is.InRange(40, 60));
    }

    [Test]
    public async Task Many_attempts_at_once_are_many()
    {
        var throttle = With(new ProcessMemory(clock));
        var waits = await Task.WhenAll(Enumerable.Range(0, 200)
            .Select(_ => Task.Run(() => throttle.ChargeAsync("observer", Attacker, CancellationToken.None))));
        Assert.That(waits.Count(w => w == TimeSpan.Zero), Is.LessThanOrEqualTo(6));
    }

    [Test]
    public async Task Success_forgives()
    {
        var throttle = With(new ProcessMemory(clock));
        for (var i = 0; i < 100; i++)
        {
            Assert.That(await throttle.ChargeAsync("observer", Home, CancellationToken.None), Is.EqualTo(TimeSpan.Zero));
            await throttle.ForgiveAsync("observer", Home, CancellationToken.None);
        }
    }

    [Test]
    public async Task Addresses_of_IPv6_that_one_caller_has_are_one()
    {
        var throttle = With(new ProcessMemory(clock));
        for (var i = 0; i < 6; i++)
            await throttle.ChargeAsync("observer", IPAddress.Parse($"2001:db8::{i}"), CancellationToken.None);
        Assert.That(await throttle.ChargeAsync("observer", IPAddress.Parse("2001:db8::ffff"), CancellationToken.None), Is.GreaterThan(TimeSpan.Zero));
        Assert.That(await throttle.ChargeAsync("observer", IPAddress.Parse("2001:db8:0:1::1"), CancellationToken.None), Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public async Task Without_the_site_s_memory_each_process_counts()
    {
        var throttle = With(new Away());
        Assert.That(await ChargeAsync(throttle, 6), Is.EqualTo(Enumerable.Repeat(0.0, 6)));
        Assert.That(await ChargeAsync(throttle, 1), Is.EqualTo((double[])[1]));
    }

    private SignInThrottle With(ISiteMemory memory) => new(memory, clock);

    private static async Task<IReadOnlyList<double>> ChargeAsync(SignInThrottle throttle, int times)
    {
        var waits = new List<double>();
        for (var i = 0; i < times; i++)
            waits.Add((await throttle.ChargeAsync("observer", Attacker, CancellationToken.None)).TotalSeconds);
        return waits;
    }
}

/// <summary>A site whose memory cannot be reached.</summary>
internal sealed class Away : ISiteMemory
{
    private static OutageException Gone => new(Problems.SiteMemoryUnreachable, "away");

    public Task<string?> FindAsync(string name, CancellationToken ct) => throw Gone;

    public Task SetAsync(string name, string text, TimeSpan life, CancellationToken ct) => throw Gone;

    public Task<bool> ReplaceAsync(string name, string? before, string text, TimeSpan life, CancellationToken ct) => throw Gone;

    public Task<bool> ForgetAsync(string name, string text, CancellationToken ct) => throw Gone;

    public Task<string?> TakeAsync(string name, CancellationToken ct) => throw Gone;
}
