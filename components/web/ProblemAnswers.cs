using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>Turns exceptions into RFC 9457 problem details: never a stack, SQL or the name of a host.</summary>
internal sealed partial class ProblemAnswers(RequestDelegate next, ILogger<ProblemAnswers> logger)
{
    // Together below 4 KB, whatever was sent.
    private const int MaxDetailBytes = 1000, MaxInstanceBytes = 300, MaxErrorBytes = 200, MaxErrorsBytes = 2000;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (Methods.Tell(context))
                return;
            if (!context.Response.HasStarted && context.Response is { ContentLength: null, ContentType: null } && FromRouting(context) is { } unanswered)
                await WriteAsync(context, unanswered);
        }
        catch (Exception e) when (context.Response.HasStarted)
        {
            // A part of the body is on its way: that the connection ends without the end of the body tells the client that the rest is missing.
            if (e is ProblemException problem)
                LogUnavailable(context.Request.Method, context.Request.Path, problem.Problem.Code, e.GetBaseException().Message);
            else if (!context.RequestAborted.IsCancellationRequested)
                LogFailure(e, context.Request.Method, context.Request.Path);
            context.Abort();
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (ProblemException e)
        {
            if (e is OutageException)
                LogUnavailable(context.Request.Method, context.Request.Path, e.Problem.Code, e.GetBaseException().Message);
            await WriteAsync(context, e);
        }
        catch (BadHttpRequestException e)
        {
            var most = context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
            await WriteAsync(context, e.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? new RefusalException(Problems.BodyTooLarge, $"The body may have {most} bytes.")
                : new RefusalException(Problems.MalformedParameter, "A part of the address has the wrong form (is an id mistyped?)."));
        }
        catch (Exception e)
        {
            LogFailure(e, context.Request.Method, context.Request.Path);
            await WriteAsync(context, new RefusalException(Problems.InternalError,
                "The request failed for a reason that is not in it; it has been logged under the trace_id."));
        }
    }

    /// <summary>Finds the request in the logs.</summary>
    public static string Trace(HttpContext context) => Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;

    /// <summary>A refusal may repeat what was sent, but not all of it.</summary>
    private static string Shorten(string text, int bytes)
    {
        while (Bytes(text) > bytes)
        {
            var length = Math.Min(text.Length * 3 / 4, bytes);
            // Half a surrogate pair is no text.
            text = $"{text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)}…";
        }
        return text;
    }

    /// <summary>In JSON.</summary>
    private static int Bytes(string text) => JsonEncodedText.Encode(text, Json.Options.Encoder).EncodedUtf8Bytes.Length;

    private static Dictionary<string, string[]> Shorten(IReadOnlyDictionary<string, string[]> errors)
    {
        var kept = new Dictionary<string, string[]>();
        var left = MaxErrorsBytes;
        foreach (var (field, messages) in errors)
        {
            var name = Shorten(field, MaxErrorBytes / 2);
            string[] told = [.. messages.Take(2).Select(m => Shorten(m, MaxErrorBytes))];
            if ((left -= Bytes(name) + told.Sum(Bytes)) < 0 && kept.Count > 0)
                break;
            kept.TryAdd(name, told);
        }
        return kept;
    }

    /// <summary>The routing answers with a bare status; it gets a body like every other refusal.</summary>
    private static RefusalException? FromRouting(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest => new(Problems.MalformedHeader,
            "This site is not known by the name in the header Host. Use its address, or ask the operators to allow the name."),
        StatusCodes.Status404NotFound => new(Problems.NotFound, $"There is nothing at {Excerpt.Of(context.Request.Path)}."),
        StatusCodes.Status405MethodNotAllowed => new(Problems.MethodNotAllowed,
            $"{Excerpt.Of(context.Request.Path)} takes {context.Response.Headers.Allow}, not {Excerpt.Of(context.Request.Method)}."),
        StatusCodes.Status415UnsupportedMediaType => RequestBody.WrongType(
            context.Request, HttpMethods.IsPatch(context.Request.Method) ? Request<JsonElement>.MergePatchType : "application/json"),
        _ => null,
    };

    public static int Status(ProblemKind kind) => kind switch
    {
        ProblemKind.Malformed => 400,
        ProblemKind.Unauthenticated => 401,
        ProblemKind.Forbidden => 403,
        ProblemKind.NotFound => 404,
        ProblemKind.Conflict => 409,
        ProblemKind.VersionMismatch => 412,
        ProblemKind.TooLarge => 413,
        ProblemKind.UnsupportedMediaType => 415,
        ProblemKind.Rule => 422,
        ProblemKind.VersionRequired => 428,
        ProblemKind.TooMany => 429,
        ProblemKind.Unavailable => 503,
        _ => 500,
    };

    private static Task WriteAsync(HttpContext context, ProblemException e)
    {
        var status = e.Problem == Problems.MethodNotAllowed ? StatusCodes.Status405MethodNotAllowed : Status(e.Problem.Kind);
        var response = context.Response;
        response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = e.Problem == Problems.TokenMissing
                ? "Bearer realm=\"opsdb\""
                : $"Bearer realm=\"opsdb\", error=\"invalid_token\", error_description=\"{e.Problem.Title}\"";
        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(e.RetryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        if (e.Transaction is { } transaction)
            response.Headers["OpsDb-Transaction"] = transaction.ToString();
        var body = new ProblemBody($"/problems/{e.Problem.Code}", e.Problem.Title, status, Shorten(e.Message, MaxDetailBytes),
            Shorten(context.Request.Path, MaxInstanceBytes),
            Trace(context), e.Errors.Count > 0 ? Shorten(e.Errors) : null, e.Transaction);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, Json.Published);
        response.ContentType = "application/problem+json";
        response.ContentLength = bytes.Length;
        return response.Body.WriteAsync(bytes, 0, bytes.Length);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Path} was answered with {Code}: {Reason}")]
    private partial void LogUnavailable(string method, string path, string code, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFailure(Exception e, string method, string path);
}

/// <summary>RFC 9457, with the fields that are wrong and the transaction concerned.</summary>
/// <param name="Type">Address of a page on this kind of problem.<example>/problems/not-found</example></param>
/// <param name="Title">The same sentence for every problem of this kind.<example>There is no such resource</example></param>
/// <param name="Status">The HTTP status.<example>404</example></param>
/// <param name="Detail">What is wrong with this request, and what to do.<example>There is nothing at /api/v1/sources/4711.</example></param>
/// <param name="Instance">The address that was asked.<example>/api/v1/sources/4711</example></param>
/// <param name="TraceId">Finds the request in the logs.<example>4bf92f3577b34da6a3ce929d0e0e4736</example></param>
/// <param name="Errors">Messages by field; absent when no field is wrong.</param>
/// <param name="Transaction">The transaction concerned; absent when there is none.</param>
public sealed record ProblemBody(
    string Type, string Title, int Status, string Detail, string Instance, string TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string[]>? Errors,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? Transaction);
