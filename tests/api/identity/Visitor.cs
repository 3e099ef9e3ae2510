using System.Net;
using System.Text.Json;

namespace OpsDb.ApiTests.Identity;

/// <summary>A browser that keeps cookies, and goes from page to page only as it is told.</summary>
public sealed class Visitor : IDisposable
{
    private readonly HttpClient http;

    public Visitor() => http = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies });

    public CookieContainer Cookies { get; } = new();

    /// <returns>The status, the problem if it is one, and where to go on.</returns>
    public async Task<(HttpStatusCode Status, string? Problem, Uri? Next, JsonElement Body)> GoAsync(Uri address)
    {
        using var answer = await http.GetAsync(address);
        var isJson = answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        var body = isJson ? JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()) : default;
        var problem = isJson && body.TryGetProperty("type", out var type) ? type.GetString()!.Split('/')[^1] : null;
        return (answer.StatusCode, problem, answer.Headers.Location is { } next ? new(address, next) : null, body);
    }

    /// <summary>From the beginning of a sign-in to the address that the provider sends the browser back to, which is not visited.</summary>
    public async Task<Uri> ToCallbackAsync(Uri begin)
    {
        var next = (await GoAsync(begin)).Next ?? throw new InvalidOperationException("Nothing to go on to.");
        while (next.Authority != begin.Authority)
            next = (await GoAsync(next)).Next ?? throw new InvalidOperationException("The provider leads nowhere.");
        return next;
    }

    public void Dispose() => http.Dispose();
}
