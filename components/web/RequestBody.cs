using System.IO.Compression;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>Reads bodies: of the right type, decompressed, and within the limit both before and after.</summary>
internal static class RequestBody
{
    private const string Encodings = "gzip, br";

    /// <param name="wanted">The media types that the endpoint takes.</param>
    /// <returns>The content, without its coding; empty when there is none.</returns>
    /// <exception cref="RefusalException">unsupported-media-type, body-too-large, malformed-body.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, IReadOnlyList<string> wanted, CancellationToken ct)
    {
        var request = context.Request;
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
            RequireType(request, wanted);
        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize ?? int.MaxValue;
        try
        {
            await using var content = Decoded(context);
            return await ReadAsync(content, (int)Math.Min(request.ContentLength ?? 0, limit), limit, ct);
        }
        catch (BadHttpRequestException e) when (e.StatusCode != StatusCodes.Status413PayloadTooLarge)
        {
            throw new RefusalException(Problems.MalformedBody,
                "The body cannot be received: it is shorter than its Content-Length, came too slowly, or its chunks have a wrong form.");
        }
        catch (Exception e) when (e is IOException and not BadHttpRequestException || e is InvalidDataException or InvalidOperationException)
        {
            // Kestrel tells a chunk's size beyond 64 bits as any other failure to read; the decompressors tell what they cannot read.
            throw new RefusalException(Problems.MalformedBody, request.Headers.ContentEncoding.Count == 0
                ? "The body cannot be received: its chunks have a wrong form, or it ended too early."
                : $"The body is not what its Content-Encoding says, {Excerpt.Of(request.Headers.ContentEncoding.ToString())}.");
        }
    }

    /// <summary>The refusal of another media type than the endpoint takes.</summary>
    public static RefusalException WrongType(HttpRequest request, params IReadOnlyList<string> wanted) =>
        new(Problems.MediaType, $"Send Content-Type: {string.Join(" or ", wanted)}, not {Excerpt.Of(request.ContentType ?? "nothing")}.");

    /// <summary>Whether the body is of this media type.</summary>
    public static bool Is(HttpRequest request, string type) => string.Equals(TypeOf(request)?.MediaType, type, StringComparison.OrdinalIgnoreCase);

    private static MediaTypeHeaderValue? TypeOf(HttpRequest request) => MediaTypeHeaderValue.TryParse(request.ContentType, out var type) ? type : null;

    private static void RequireType(HttpRequest request, IReadOnlyList<string> wanted)
    {
        var given = TypeOf(request);
        if (given is null || !wanted.Contains(given.MediaType, StringComparer.OrdinalIgnoreCase))
            throw WrongType(request, wanted);
        if (given.CharSet is { } charset && charset.Trim('"').ToLowerInvariant() is not ("utf-8" or "utf8"))
            throw new RefusalException(Problems.MediaType, $"Send the body as UTF-8, not as {Excerpt.Of(charset)}.");
    }

    private static Stream Decoded(HttpContext context)
    {
        var encoding = context.Request.Headers.ContentEncoding;
        switch (encoding.ToString().ToLowerInvariant())
        {
            case "" or "identity":
                return context.Request.Body;
            case "gzip" or "x-gzip":
                return new GZipStream(context.Request.Body, CompressionMode.Decompress);
            case "br":
                return new BrotliStream(context.Request.Body, CompressionMode.Decompress);
            default:
                context.Response.Headers.AcceptEncoding = Encodings;
                throw new RefusalException(Problems.MediaType,
                    $"Send the body plain or with one Content-Encoding of {Encodings}, not {Excerpt.Of(encoding.ToString())}.");
        }
    }

    /// <summary>A few bytes can stand for gigabytes: no more is read than may be taken.</summary>
    /// <param name="expected">Bytes, as the caller says; one that is compressed grows.</param>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream content, int expected, long limit, CancellationToken ct)
    {
        using var buffer = new MemoryStream(expected);
        var part = new byte[16 * 1024];
        while (await content.ReadAsync(part, ct) is > 0 and var length)
        {
            if (buffer.Length + length > limit)
                throw new RefusalException(Problems.BodyTooLarge, $"The body may have {limit} bytes, decompressed.");
            await buffer.WriteAsync(part.AsMemory(0, length), ct);
        }
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }
}
