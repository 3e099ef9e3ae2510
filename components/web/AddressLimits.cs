using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// How many requests of one address a process refuses for what they show of themselves before it looks at no more of them for a while.
/// Whoever was let in with the same before goes on, so that nobody can lock out those who share an address with them.
/// </summary>
internal sealed class AddressLimits(WebOptions options) : IDisposable
{
    /// <summary>Seconds of the rate that may be refused at once.</summary>
    private const int Burst = 30;

    private const int MaxWelcome = 10_000;

    private readonly PartitionedRateLimiter<string> strangers = PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetTokenBucketLimiter(address, _ => new()
        {
            TokenLimit = options.AddressRefusals * Burst,
            TokensPerPeriod = options.AddressRefusals,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        }));

    // Of a text that must not be kept a number is enough: whoever meets it by chance is looked at, no more.
    private readonly ConcurrentDictionary<int, bool> welcome = new();

    /// <summary>Counts a request with something that was not let in before.</summary>
    /// <exception cref="RefusalException">too-many-requests.</exception>
    public void RequireRoom(HttpContext context, string shown)
    {
        if (options.AddressRefusals == 0 || welcome.ContainsKey(NumberOf(shown)))
            return;
        using var room = strangers.AttemptAcquire(Origin.Of(Caller.AddressOf(context)));
        if (!room.IsAcquired)
        {
            throw ActorLimits.TooMany(context, options.AddressRefusals * Burst, Burst,
                "Too many requests of this address showed nothing that lets them in; others are not looked at for a while.");
        }
    }

    public void Refused(string shown) => welcome.TryRemove(NumberOf(shown), out _);

    public void Welcome(string shown)
    {
        if (options.AddressRefusals == 0 || welcome.ContainsKey(NumberOf(shown)))
            return;
        if (welcome.Count >= MaxWelcome)
            welcome.Clear();
        welcome[NumberOf(shown)] = true;
    }

    public void Dispose() => strangers.Dispose();

    private static int NumberOf(string shown) => shown.GetHashCode(StringComparison.Ordinal);
}
