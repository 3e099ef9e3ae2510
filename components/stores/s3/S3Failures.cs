using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace OpsDb.Stores.S3;

/// <summary>Tells what has gone wrong with one object from what is wrong with the whole place.</summary>
internal static class S3Failures
{
    public static async Task<T> GuardAsync<T>(string location, Func<Task<T>> use, CancellationToken ct)
    {
        try
        {
            return await use();
        }
        catch (Exception e) when (Told(e, location, ct) is { } failure)
        {
            throw failure;
        }
    }

    /// <returns>Null for what is no failure of the service.</returns>
    public static Exception? Told(Exception e, string location, CancellationToken ct) => e switch
    {
        StoreException or StoreAwayException => null,
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } => new StoreAwayException($"the bucket of {location} is not there", e),
        AmazonS3Exception { ErrorCode: "QuotaExceeded" or "InsufficientCapacity" } => new StoreAwayException($"the bucket of {location} is full", e),
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } refused =>
            new StoreAwayException($"the service of {location} refuses the secret that the location names ({refused.ErrorCode})", e),
        AmazonS3Exception { StatusCode: HttpStatusCode.NotFound } => new StoreException($"it is not at {location}", e),
        AmazonS3Exception { StatusCode: >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or 0 } busy =>
            new StoreAwayException($"the service of {location} does not answer as it should: {busy.Message}", e),
        AmazonS3Exception other => new StoreException($"the service of {location} refuses it: {other.Message}", e),
        AmazonClientException or HttpRequestException or IOException => new StoreAwayException($"the service of {location} cannot be reached: {e.Message}", e),
        OperationCanceledException when !ct.IsCancellationRequested => new StoreAwayException($"the service of {location} does not answer in time", e),
        _ => null,
    };
}

/// <summary>What an object contains, as it comes.</summary>
internal sealed class S3Content(Amazon.S3.Model.GetObjectResponse response, string location) : Stream
{
    private readonly Stream content = response.ResponseStream;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => response.ContentLength;

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (S3Failures.Told(e, location, cancellationToken) is { } failure)
        {
            throw failure;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            response.Dispose();
        base.Dispose(disposing);
    }
}
