using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>
/// A request that changes something: its body, read strictly, and what identifies it (actor, Idempotency-Key, hash of
/// method, path and content, If-Match) and how long it may wait. The content is the body without its Content-Encoding: a
/// repetition may be compressed in another way.
/// </summary>
public sealed record Request<T>(T Body, Submission Submission) : IEndpointParameterMetadataProvider
{
    public const string MergePatchType = "application/merge-patch+json";
    private const int MaxKey = 255;

    public static async ValueTask<Request<T>?> BindAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        var dryRun = DryRuns.IsWanted(context);
        var lines = context.GetEndpoint()?.Metadata.GetMetadata<LinesOf>();
        var text = context.GetEndpoint()?.Metadata.GetMetadata<TextOf>();
        var type = text is not null ? TextOf.Type : typeof(T) == typeof(JsonElement) ? MergePatchType : "application/json";
        var bytes = await RequestBody.ReadAsync(context, lines is null ? [type] : [type, RowFormat.LinesType], ct);
        var json = text is not null ? IncomingLines.TextToJson(bytes, text.Member)
            : lines is not null && RequestBody.Is(context.Request, RowFormat.LinesType) ? IncomingLines.ToJson(bytes, lines.List) : bytes;
        var body = IncomingJson.Read<T>(json.Length == 0 ? "{}"u8.ToArray() : json);
        return new(body, new(context.Principal().Actor, Key(context.Request), Hash(context.Request, bytes.Span),
            Preferences.Read(context.Request).Wait)
        { Conditions = Conditions(context), DryRun = dryRun, Address = Caller.AddressOf(context)?.ToString() });
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new QueryParameters(DryRuns.Parameter));
        builder.Metadata.Add(typeof(T) == typeof(NoBody) ? new Writes()
            : new AcceptsMetadata([typeof(T) == typeof(JsonElement) ? MergePatchType : "application/json"], typeof(T)));
    }

    private static string? Key(HttpRequest request)
    {
        if (!request.Headers.TryGetValue("Idempotency-Key", out var values))
            return null;
        return values is [{ Length: > 0 and <= MaxKey } key] && key.All(c => c is >= ' ' and <= '~')
            ? key
            : throw new RefusalException(Problems.MalformedHeader, $"Idempotency-Key is given once and has 1 to {MaxKey} printable ASCII characters.");
    }

    private static Conditions Conditions(HttpContext context)
    {
        var conditions = Responses.Conditions(context.Request);
        return conditions.IfMatch is null && context.GetEndpoint()?.Metadata.GetMetadata<NeedsIfMatch>() is not null
            ? throw new RefusalException(Problems.VersionRequired, "Read the resource and send its ETag in the header If-Match.")
            : conditions;
    }

    private static string Hash(HttpRequest request, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}\n"));
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>Requests that are decided and answered as if they were made, and change nothing.</summary>
internal static class DryRuns
{
    public const string Parameter = "dry_run";
    public const string Header = "OpsDb-Dry-Run";

    /// <summary>Whether the request is one; then its answer says so, unless it is a refusal.</summary>
    /// <exception cref="RefusalException">malformed-parameter.</exception>
    public static bool IsWanted(HttpContext context)
    {
        if (!context.Request.Query.TryGetValue(Parameter, out var given))
            return false;
        if (given is not ["true" or "false"])
            throw Responses.Wrong(Parameter, "is true or false");
        if (given[0] == "false")
            return false;
        context.Response.OnStarting(() =>
        {
            if (context.Response.StatusCode < StatusCodes.Status300MultipleChoices)
                context.Response.Headers[Header] = "true";
            return Task.CompletedTask;
        });
        return true;
    }
}

/// <summary>A question that is too long for an address: its body is read strictly, and nothing changes.</summary>
public sealed record Question<T>(T Body) : IEndpointParameterMetadataProvider
{
    public static async ValueTask<Question<T>?> BindAsync(HttpContext context) =>
        new(IncomingJson.Read<T>(await RequestBody.ReadAsync(context, ["application/json"], context.RequestAborted)));

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new Asks());
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));
    }
}

/// <summary>
/// A request whose body has a secret, such as a passphrase: it is read strictly, and neither it nor a hash of it is kept, so that the request
/// cannot be repeated by an Idempotency-Key.
/// </summary>
public sealed record Confidential<T>(T Body) : IEndpointParameterMetadataProvider
{
    public static async ValueTask<Confidential<T>?> BindAsync(HttpContext context) => new((await Question<T>.BindAsync(context))!.Body);

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => Question<T>.PopulateMetadata(parameter, builder);
}

/// <summary>The endpoint changes nothing that a repetition could be recognised by, although it takes a body.</summary>
internal sealed class Asks;

/// <summary>Of a request that says by its method and address all that it wants.</summary>
public sealed record NoBody;

/// <summary>The endpoint changes something, although it takes no body.</summary>
internal sealed class Writes;

/// <summary>The endpoint refuses a change without If-Match.</summary>
public sealed class NeedsIfMatch;
