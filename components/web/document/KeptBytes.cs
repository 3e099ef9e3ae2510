using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace OpsDb.Web;

/// <summary>
/// An answer that is the same for everybody: made once, compressed once, and from then on only sent. Each form has an entity
/// tag of its own, so that a caller who has it gets 304.
/// </summary>
internal sealed class KeptBytes
{
    private readonly string contentType;
    private readonly Form plain, gzip, brotli;

    public KeptBytes(byte[] bytes, string contentType)
    {
        this.contentType = contentType;
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16));
        plain = new(bytes, $"\"{hash}\"", null);
        gzip = new(Compress(bytes, stream => new GZipStream(stream, CompressionLevel.Optimal)), $"\"{hash}-gzip\"", "gzip");
        brotli = new(Compress(bytes, stream => new BrotliStream(stream, CompressionLevel.Optimal)), $"\"{hash}-br\"", "br");
    }

    public Task AnswerAsync(HttpContext context)
    {
        var form = Choose(context.Request);
        var isKnown = Responses.Conditions(context.Request).IsKnown(form.Tag);
        var response = context.Response;
        response.Headers.ETag = form.Tag;
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        // It may be kept, and is asked for again each time: another release has another one.
        response.Headers.CacheControl = "no-cache";
        if (isKnown)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        response.ContentType = contentType;
        response.ContentLength = form.Bytes.Length;
        if (form.Coding is not null)
            response.Headers.ContentEncoding = form.Coding;
        return response.Body.WriteAsync(form.Bytes, 0, form.Bytes.Length, context.RequestAborted);
    }

    /// <summary>The smallest form that the caller takes.</summary>
    private Form Choose(HttpRequest request)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted))
            return plain;
        return Takes("br") ? brotli : Takes("gzip") ? gzip : plain;

        bool Takes(string coding) => (accepted.FirstOrDefault(a => a.Value.Equals(coding, StringComparison.OrdinalIgnoreCase))
            ?? accepted.FirstOrDefault(a => a.Value == "*"))
            is { } found && found.Quality is not 0;
    }

    private static byte[] Compress(byte[] bytes, Func<Stream, Stream> compressor)
    {
        using var compressed = new MemoryStream();
        using (var stream = compressor(compressed))
            stream.Write(bytes);
        return compressed.ToArray();
    }

    private sealed record Form(byte[] Bytes, string Tag, string? Coding);
}
