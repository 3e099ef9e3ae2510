using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using OpsDb.Locations;

namespace OpsDb.Stores.S3;

/// <summary>
/// What is written becomes an object when it is complete. Long ones go in parts, each with its MD5, which the service compares; parts that an interrupted
/// upload of the same content has left are not sent again.
/// </summary>
internal sealed class S3Upload(IAmazonS3 s3, DataLocation location, string key, byte[]? sha256) : Stream
{
    /// <summary>The name under which an object tells its SHA-256, hexadecimal.</summary>
    public const string Sha256Name = "sha256";

    /// <summary>Of the first thousand parts; those of the second are twice as large, and so on: the 10,000 that there may be have 880 GB together.</summary>
    internal const int PartBytes = 16 * 1024 * 1024;

    private const int PartsOfOneSize = 1000;

    private readonly string bucket = location.BucketName!;
    private readonly List<PartETag> sent = [];
    private MemoryStream part = new();
    private string? uploadId;
    private Dictionary<int, PartDetail> left = [];

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>How many parts did not have to be sent again.</summary>
    internal int Kept { get; private set; }

    private int Room => PartBytes * (1 + sent.Count / PartsOfOneSize) - (int)part.Length;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            if (Room == 0)
                await SendPartAsync(cancellationToken);
            var some = Math.Min(Room, buffer.Length);
            part.Write(buffer.Span[..some]);
            buffer = buffer[some..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <summary>All was written: from now on the object is there.</summary>
    public async Task CompleteAsync(CancellationToken ct)
    {
        if (uploadId is null)
        {
            var request = new PutObjectRequest
            {
                BucketName = bucket,
                Key = key,
                InputStream = Rewound(),
                AutoCloseStream = false,
                MD5Digest = Convert.ToBase64String(Md5()),
                UseChunkEncoding = false,
            };
            if (sha256 is not null)
                request.Metadata[Sha256Name] = Convert.ToHexStringLower(sha256);
            await GuardAsync(() => s3.PutObjectAsync(request, ct), ct);
            return;
        }
        if (part.Length > 0)
            await SendPartAsync(ct);
        await GuardAsync(() => s3.CompleteMultipartUploadAsync(new() { BucketName = bucket, Key = key, UploadId = uploadId, PartETags = sent }, ct), ct);
    }

    /// <summary>Nothing of it is kept.</summary>
    public async Task AbortAsync(CancellationToken ct)
    {
        if (uploadId is not null)
            await GuardAsync(() => s3.AbortMultipartUploadAsync(bucket, key, uploadId, ct), ct);
    }

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            part.Dispose();
        base.Dispose(disposing);
    }

    private async Task SendPartAsync(CancellationToken ct)
    {
        uploadId ??= await GuardAsync(() => BeginAsync(ct), ct);
        var (number, md5) = (sent.Count + 1, Md5());
        if (left.TryGetValue(number, out var former) && former.Size == part.Length && IsEtagOf(former.ETag, md5))
        {
            Kept++;
        }
        else
        {
            var answer = await GuardAsync(() => s3.UploadPartAsync(new()
            {
                BucketName = bucket,
                Key = key,
                UploadId = uploadId,
                PartNumber = number,
                PartSize = part.Length,
                InputStream = Rewound(),
                MD5Digest = Convert.ToBase64String(md5),
                UseChunkEncoding = false,
            }, ct), ct);
            if (!IsEtagOf(answer.ETag, md5))
                throw new StoreException($"part {number} of {key} has arrived as something else ({answer.ETag})");
        }
        sent.Add(new(number, Convert.ToHexStringLower(md5)));
        await part.DisposeAsync();
        part = new();
    }

    /// <summary>Goes on with the newest upload of this object that nobody has completed.</summary>
    private async Task<string> BeginAsync(CancellationToken ct)
    {
        var known = await s3.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = bucket, Prefix = key }, ct);
        if ((known.MultipartUploads ?? []).Where(u => u.Key == key).MaxBy(u => u.Initiated) is not { } former)
        {
            var request = new InitiateMultipartUploadRequest { BucketName = bucket, Key = key };
            if (sha256 is not null)
                request.Metadata[Sha256Name] = Convert.ToHexStringLower(sha256);
            return (await s3.InitiateMultipartUploadAsync(request, ct)).UploadId;
        }
        var list = new ListPartsRequest { BucketName = bucket, Key = key, UploadId = former.UploadId };
        ListPartsResponse page;
        do
        {
            page = await s3.ListPartsAsync(list, ct);
            foreach (var one in page.Parts ?? [])
                left[one.PartNumber ?? 0] = one;
            list.PartNumberMarker = page.NextPartNumberMarker is { } marker ? $"{marker}" : null;
        }
        while (page.IsTruncated == true);
        return former.UploadId;
    }

    private Task<T> GuardAsync<T>(Func<Task<T>> send, CancellationToken ct) => S3Failures.GuardAsync(location.Name, send, ct);

    private MemoryStream Rewound()
    {
        part.Position = 0;
        return part;
    }

    /// <summary>S3's own name for what a part contains; nothing secret depends on it.</summary>
    private byte[] Md5() => CryptographicOperations.HashData(HashAlgorithmName.MD5, part.GetBuffer().AsSpan(0, (int)part.Length));

    private static bool IsEtagOf(string? etag, byte[] md5) => string.Equals(etag?.Trim('"'), Convert.ToHexStringLower(md5), StringComparison.OrdinalIgnoreCase);
}
