using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// What one user may ask of a process at once, and send it in a second, and how often one token or session may ask, so that nobody, by mistake
/// or not, takes it away from the others.
/// </summary>
internal sealed class ActorLimits(RequestDelegate next, WebOptions options) : IDisposable
{
    /// <summary>Seconds of the rate that may be sent at once after a rest.</summary>
    private const int Burst = 16, RateBurst = 10;

    private readonly PartitionedRateLimiter<string> requests = PartitionedRateLimiter.Create<string, string>(user =>
        RateLimitPartition.GetConcurrencyLimiter(user, _ => new() { PermitLimit = options.ActorRequests, QueueLimit = 0 }));

    private readonly PartitionedRateLimiter<string> bytes = PartitionedRateLimiter.Create<string, string>(user =>
        RateLimitPartition.GetTokenBucketLimiter(user, _ => new()
        {
            TokenLimit = (int)Math.Min(int.MaxValue, (long)options.ActorBytes * Burst),
            TokensPerPeriod = Math.Max(1, options.ActorBytes / 10),
            ReplenishmentPeriod = TimeSpan.FromMilliseconds(100),
            QueueLimit = 0,
        }));

    private readonly PartitionedRateLimiter<Actor> rate = PartitionedRateLimiter.Create<Actor, Actor>(actor =>
        RateLimitPartition.GetTokenBucketLimiter(actor, _ => new()
        {
            TokenLimit = options.ActorRate * RateBurst,
            TokensPerPeriod = options.ActorRate,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        }));

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<Principal>()?.Actor is not { User: var user } actor)
        {
            await next(context);
            return;
        }
        if (options.ActorRate > 0)
            RequireRate(context, actor);
        using var place = requests.AttemptAcquire(user);
        if (!place.IsAcquired)
        {
            throw TooMany(context, options.ActorRequests, 1,
                $"{user} has {options.ActorRequests} requests under way at this process, which is as many as one user may have.");
        }
        context.Request.Body = new CountedBody(context.Request.Body, count =>
        {
            using var room = bytes.AttemptAcquire(user, count);
            if (!room.IsAcquired)
                throw TooMany(context, options.ActorBytes, 1, $"{user} has sent more than {options.ActorBytes} bytes a second for some time.");
        });
        await next(context);
    }

    public void Dispose()
    {
        requests.Dispose();
        bytes.Dispose();
        rate.Dispose();
    }

    /// <param name="limit">How much there may be.</param>
    /// <param name="seconds">In which it is all there again.</param>
    public static RefusalException TooMany(HttpContext context, long limit, int seconds, string detail)
    {
        Tell(context, limit, 0, seconds);
        return new(Problems.TooManyRequests, detail) { RetryAfter = TimeSpan.FromSeconds(1) };
    }

    private void RequireRate(HttpContext context, Actor actor)
    {
        using var room = rate.AttemptAcquire(actor);
        var limit = options.ActorRate * RateBurst;
        if (!room.IsAcquired)
        {
            throw TooMany(context, limit, RateBurst,
                $"The token or session of {actor.User} has asked this process more than {options.ActorRate} times a second for some time.");
        }
        var remaining = rate.GetStatistics(actor)?.CurrentAvailablePermits ?? limit;
        Tell(context, limit, remaining, (limit - remaining + options.ActorRate - 1) / options.ActorRate);
    }

    private static void Tell(HttpContext context, long limit, long remaining, long reset)
    {
        context.Response.Headers["RateLimit-Limit"] = limit.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["RateLimit-Remaining"] = remaining.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["RateLimit-Reset"] = reset.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A body that is counted while it is read, as one without a length can be counted only then.</summary>
    private sealed class CountedBody(Stream body, Action<int> take) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await body.ReadAsync(buffer, cancellationToken);
            if (count > 0)
                take(count);
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
