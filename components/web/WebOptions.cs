using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The HTTP side of a process.</summary>
/// <param name="Url">Where it listens.</param>
/// <param name="BodyLimit">The largest body, bytes.</param>
/// <param name="CorsOrigins">Origins of web pages that may call.</param>
/// <param name="ActorRequests">Requests that one user may have under way at once.</param>
/// <param name="ActorBytes">Bytes of bodies that one user may send in a second, over some seconds.</param>
public sealed record WebOptions(string Url, int BodyLimit, IReadOnlyList<string> CorsOrigins, int ActorRequests, int ActorBytes)
{
    public static WebOptions Read(Settings settings) => new(
        settings.Text("HTTP_URL", "http://127.0.0.1:8000", "where the API listens",
            v => Uri.TryCreate(v, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? null : $"is an address like http://127.0.0.1:8000, not '{v}'"),
        settings.Integer("HTTP_BODY_LIMIT", 1_048_576, 1024, 1_073_741_824, "largest request body, bytes"),
        settings.Text("CORS_ORIGINS", "", "origins of web pages that may call the API, comma separated").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        settings.Integer("HTTP_ACTOR_REQUESTS", 512, 1, 100_000, "requests that one user may have under way at once at this process; more are answered with 429"),
        settings.Integer("HTTP_ACTOR_BYTES", 4_194_304, 1024, 1_073_741_824, "bytes of request bodies that one user may send to this process in a second, with a burst of 16 times as much; more are answered with 429"));
}
