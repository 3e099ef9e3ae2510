using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The HTTP side of a process.</summary>
/// <param name="Url">Where it listens.</param>
/// <param name="BodyLimit">The largest body, bytes.</param>
/// <param name="CorsOrigins">Origins of web pages that may call.</param>
public sealed record WebOptions(string Url, int BodyLimit, IReadOnlyList<string> CorsOrigins)
{
    public static WebOptions Read(Settings settings) => new(
        settings.Text("HTTP_URL", "http://127.0.0.1:8000", "where the API listens",
            v => Uri.TryCreate(v, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? null : $"is an address like http://127.0.0.1:8000, not '{v}'"),
        settings.Integer("HTTP_BODY_LIMIT", 1_048_576, 1024, 1_073_741_824, "largest request body, bytes"),
        settings.Text("CORS_ORIGINS", "", "origins of web pages that may call the API, comma separated").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
