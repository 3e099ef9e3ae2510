using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using OpsDb.Locations;

namespace OpsDb.Stores.S3;

/// <summary>A bucket, or the part of one whose keys begin with the location's prefix.</summary>
internal sealed class S3Store(S3Clients clients, DataLocation location, TimeProvider time) : IStore
{
    private static readonly TimeSpan UsedLife = TimeSpan.FromMinutes(10);

    private string Bucket => location.BucketName!;

    public async Task<WrittenItem> WriteAsync(
        string key, string ticket, Func<Stream, CancellationToken, Task> write, byte[]? sha256, CancellationToken ct)
    {
        await using var upload = new S3Upload(await clients.OpenAsync(location, ct), location, KeyOf(key), sha256);
        await using var hashing = new HashingStream(upload);
        await write(hashing, ct);
        var written = new WrittenItem(hashing.Passed, hashing.Finish());
        if (sha256 is not null && !written.Sha256.AsSpan().SequenceEqual(sha256))
        {
            await upload.AbortAsync(ct);
            throw StoreException.Other(key, written.Sha256, sha256);
        }
        await upload.CompleteAsync(ct);
        // The answer to the last request may say nothing of what has come to be.
        var there = await FindAsync(key, ct);
        return there?.SizeBytes == written.SizeBytes
            ? written
            : throw new StoreException($"{key} has {there?.SizeBytes} bytes in the bucket instead of {written.SizeBytes}");
    }

    public Task<Stream> ReadAsync(string key, CancellationToken ct) => GuardAsync<Stream>(
        async s3 => new S3Content(await s3.GetObjectAsync(Bucket, KeyOf(key), ct), location.Name), ct);

    public Task<StoredItem?> FindAsync(string key, CancellationToken ct) => GuardAsync<StoredItem?>(async s3 =>
    {
        try
        {
            var there = await s3.GetObjectMetadataAsync(Bucket, KeyOf(key), ct);
            return new(key, there.ContentLength, Utc(there.LastModified));
        }
        catch (AmazonS3Exception e) when (e.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            // The answer to this request has no body that would tell whether the bucket is there.
            await s3.ListObjectsV2Async(new() { BucketName = Bucket, MaxKeys = 1 }, ct);
            return null;
        }
    }, ct);

    public async IAsyncEnumerable<StoredItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken ct)
    {
        string? next = null;
        do
        {
            var request = new ListObjectsV2Request { BucketName = Bucket, Prefix = KeyOf(prefix), ContinuationToken = next };
            var page = await GuardAsync(s3 => s3.ListObjectsV2Async(request, ct), ct);
            foreach (var item in page.S3Objects ?? [])
                yield return new(item.Key[(location.Prefix ?? "").Length..], item.Size ?? 0, Utc(item.LastModified));
            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
    }

    public Task DeleteAsync(string key, CancellationToken ct) => GuardAsync(s3 => s3.DeleteObjectAsync(Bucket, KeyOf(key), ct), ct);

    public async Task DeleteAllAsync(string folder, CancellationToken ct)
    {
        await foreach (var item in ListAsync($"{folder}/", ct))
            await DeleteAsync(item.Key, ct);
    }

    public async Task<int> TidyAsync(TimeSpan age, CancellationToken ct)
    {
        var (before, count) = (time.GetUtcNow() - age, 0);
        await foreach (var upload in UploadsAsync(ct))
        {
            if (Utc(upload.Initiated) > before)
                continue;
            await GuardAsync(s3 => s3.AbortMultipartUploadAsync(Bucket, upload.Key, upload.UploadId, ct), ct);
            count++;
        }
        return count;
    }

    public async Task<StoreSpace?> SpaceAsync(CancellationToken ct) => location.CapacityBytes is { } capacity
        ? new(capacity - await clients.RememberedAsync(location.Id, UsedLife, () => UsedAsync(ct)), capacity)
        : null;

    private async Task<long> UsedAsync(CancellationToken ct)
    {
        var used = 0L;
        await foreach (var item in ListAsync("", ct))
            used += item.SizeBytes;
        return used;
    }

    private async IAsyncEnumerable<MultipartUpload> UploadsAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var request = new ListMultipartUploadsRequest { BucketName = Bucket, Prefix = location.Prefix };
        ListMultipartUploadsResponse page;
        do
        {
            page = await GuardAsync(s3 => s3.ListMultipartUploadsAsync(request, ct), ct);
            foreach (var upload in page.MultipartUploads ?? [])
                yield return upload;
            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
        while (page.IsTruncated == true);
    }

    private string KeyOf(string key) => location.Prefix + key;

    private static DateTimeOffset Utc(DateTime? time) => time is { } at ? new(at.ToUniversalTime(), TimeSpan.Zero) : default;

    private Task<T> GuardAsync<T>(Func<IAmazonS3, Task<T>> use, CancellationToken ct) =>
        S3Failures.GuardAsync(location.Name, async () => await use(await clients.OpenAsync(location, ct)), ct);
}
