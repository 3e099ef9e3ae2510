using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// How many requests a user may send to a process in a second, and how many an address may send that nobody has vouched for: those to public
/// endpoints, and those that are refused. Whoever has a good token is never held up by others at the same address.
/// </summary>
internal sealed class RateLimits(WebOptions options, TimeProvider time)
{
    /// <summary>Seconds of the rate that may come at once after a rest.</summary>
    private const int ActorBurst = 2, AddressBurst = 5, Ipv6NetworkBytes = 8;

    private readonly Buckets actors = new(options.ActorRate, options.ActorRate * ActorBurst, time);
    private readonly Buckets addresses = new(options.AddressRate, options.AddressRate * AddressBurst, time);

    /// <summary>Counts a request of a user, who is told how many are left.</summary>
    /// <exception cref="RefusalException">too-many-requests.</exception>
    public void TakeActor(HttpContext context, string user) =>
        Take(actors, options.ActorRate, context, user, $"{user} has sent more than {options.ActorRate} requests a second for some time.");

    /// <summary>Counts a request that nobody has vouched for.</summary>
    /// <exception cref="RefusalException">too-many-requests.</exception>
    public void TakeAddress(HttpContext context)
    {
        if (Caller.AddressOf(context) is { } address)
        {
            Take(addresses, options.AddressRate, context, Network(address),
                $"More than {options.AddressRate} requests a second have come from {address} without a token that is accepted, for some time.");
        }
    }

    /// <summary>Of IPv6 everybody has as many addresses as they like.</summary>
    private static string Network(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, Ipv6NetworkBytes)) : address.ToString();

    private static void Take(Buckets buckets, int rate, HttpContext context, string key, string detail)
    {
        if (rate == 0)
            return;
        var (isTaken, left, reset) = buckets.Take(key);
        Tell(context, buckets.Size, left, reset);
        if (!isTaken)
            throw new RefusalException(Problems.TooManyRequests, detail) { RetryAfter = TimeSpan.FromSeconds(1) };
    }

    /// <param name="reset">Seconds until nothing counts any more.</param>
    public static void Tell(HttpContext context, long limit, int left, int reset)
    {
        var headers = context.Response.Headers;
        headers["RateLimit-Limit"] = limit.ToString(CultureInfo.InvariantCulture);
        headers["RateLimit-Remaining"] = left.ToString(CultureInfo.InvariantCulture);
        headers["RateLimit-Reset"] = reset.ToString(CultureInfo.InvariantCulture);
    }
}

/// <summary>Buckets that fill by so many a second; so many at most, of which the full ones are forgotten.</summary>
/// <param name="rate">What comes into each in a second.</param>
/// <param name="size">What each holds.</param>
internal sealed class Buckets(int rate, int size, TimeProvider time)
{
    /// <summary>When there are more, those who come share one.</summary>
    public const int Most = 50_000;

    private const string Others = "(others)";

    private readonly ConcurrentDictionary<string, Bucket> buckets = new();
    private int count;
    private long sweptAt = time.GetTimestamp();

    public int Size { get; } = size;

    /// <returns>Whether there was one to take, how many are left, and in how many seconds the bucket is full.</returns>
    public (bool IsTaken, int Left, int Reset) Take(string key)
    {
        var now = time.GetTimestamp();
        if (!buckets.TryGetValue(key, out var bucket))
        {
            if (Volatile.Read(ref count) >= Most)
                Sweep(now);
            bucket = Of(Volatile.Read(ref count) >= Most ? Others : key, now);
        }
        lock (bucket)
        {
            bucket.Content = Content(bucket, now);
            bucket.At = now;
            var isTaken = bucket.Content >= 1;
            if (isTaken)
                bucket.Content--;
            return (isTaken, (int)bucket.Content, (int)Math.Ceiling((Size - bucket.Content) / rate));
        }
    }

    private Bucket Of(string key, long now)
    {
        var made = new Bucket { Content = Size, At = now };
        var bucket = buckets.GetOrAdd(key, made);
        if (bucket == made)
            Interlocked.Increment(ref count);
        return bucket;
    }

    private double Content(Bucket bucket, long now) => Math.Min(Size, bucket.Content + rate * time.GetElapsedTime(bucket.At, now).TotalSeconds);

    /// <summary>At most once a second, as it looks at all.</summary>
    private void Sweep(long now)
    {
        var before = Volatile.Read(ref sweptAt);
        if (time.GetElapsedTime(before, now) < TimeSpan.FromSeconds(1) || Interlocked.CompareExchange(ref sweptAt, now, before) != before)
            return;
        foreach (var (key, bucket) in buckets)
        {
            if (Content(bucket, now) >= Size && buckets.TryRemove(key, out _))
                Interlocked.Decrement(ref count);
        }
    }

    private sealed class Bucket
    {
        public double Content;
        public long At;
    }
}

/// <summary>The endpoint answers as often as it is asked, such as those by which others look whether the process is well.</summary>
internal sealed class Unlimited;

public static class RateLimitMetadata
{
    public static TBuilder IsUnlimited<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new Unlimited());
}
