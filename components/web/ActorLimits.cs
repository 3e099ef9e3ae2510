using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// What one user may ask of a process at once and in a second, and send it in a second, so that nobody, by mistake or not, takes it away from the
/// others.
/// </summary>
internal sealed class ActorLimits(RequestDelegate next, WebOptions options, RateLimits rates) : IDisposable
{
    /// <summary>Seconds of the rate that may be sent at once after a rest.</summary>
    private const int Burst = 16;

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

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<Principal>()?.Actor.User is not { } user)
        {
            await next(context);
            return;
        }
        rates.TakeActor(context, user);
        using var place = requests.AttemptAcquire(user);
        if (!place.IsAcquired)
        {
            throw TooMany(context, options.ActorRequests,
                $"{user} has {options.ActorRequests} requests under way at this process, which is as many as one user may have.");
        }
        context.Request.Body = new CountedBody(context.Request.Body, count =>
        {
            using var room = bytes.AttemptAcquire(user, count);
            if (!room.IsAcquired)
                throw TooMany(context, options.ActorBytes, $"{user} has sent more than {options.ActorBytes} bytes a second for some time.");
        });
        await next(context);
    }

    public void Dispose()
    {
        requests.Dispose();
        bytes.Dispose();
    }

    private static RefusalException TooMany(HttpContext context, long limit, string detail)
    {
        RateLimits.Tell(context, limit, 0, 1);
        return new(Problems.TooManyRequests, detail) { RetryAfter = TimeSpan.FromSeconds(1) };
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
