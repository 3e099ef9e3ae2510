using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Stack;

/// <summary>A write as it is sent; sending the same one again is a repetition.</summary>
internal sealed record TourRequest(HttpMethod Method, string Path, string Body, string? IfMatch)
{
    public string Key { get; } = Guid.NewGuid().ToString();

    public override string ToString() => $"{Method} {Path} (Idempotency-Key {Key})";
}

internal sealed record TourAnswer(int Status, JsonElement Body, string? ETag, Guid? Transaction, bool Replayed);

/// <summary>The HTTP API of one site, as a client with tokens sees it.</summary>
internal sealed class TourApi(string name, StackSite site) : IDisposable
{
    private const int Found = 200, NotFound = 404;

    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new() { BaseAddress = new(site.Url), Timeout = AnswerDeadline };

    public string Name => name;

    public Task<TourAnswer> SendAsync(TourRequest write, CancellationToken ct)
    {
        var type = write.Method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json";
        var request = new HttpRequestMessage(write.Method, write.Path) { Content = new StringContent(write.Body, Encoding.UTF8, type) };
        request.Headers.Add("Idempotency-Key", write.Key);
        if (write.IfMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", write.IfMatch);
        return SendAsync(request, site.Tokens.Observer, ct);
    }

    public Task<TourAnswer> GetAsync(string path, CancellationToken ct) =>
        SendAsync(new(HttpMethod.Get, path), site.Tokens.Viewer, ct);

    /// <summary>For what only those who run the site may read.</summary>
    public Task<TourAnswer> GetAsAdminAsync(string path, CancellationToken ct) =>
        SendAsync(new(HttpMethod.Get, path), site.Tokens.Admin, ct);

    /// <returns>Null when the site does not have it.</returns>
    public async Task<JsonElement?> FindExecutionAsync(Guid id, CancellationToken ct)
    {
        var answer = await GetAsync($"/api/v1/executions/{id}", ct);
        return answer.Status switch
        {
            Found => answer.Body,
            NotFound => null,
            _ => throw Unexpected($"GET /api/v1/executions/{id}", answer),
        };
    }

    /// <summary>All pages of a list. A row that comes twice, and a total that is not their number, are errors.</summary>
    public async Task<IReadOnlyList<JsonElement>> ListAsync(string path, string filter, int limit, CancellationToken ct)
    {
        var items = new List<JsonElement>();
        var next = "";
        long? total = null;
        do
        {
            var query = $"{path}?limit={limit}&count=true&{filter}{(next.Length > 0 ? $"&after={Uri.EscapeDataString(next)}" : "")}".TrimEnd('&');
            var page = await GetAsync(query, ct);
            if (page.Status != Found)
                throw Unexpected($"GET {query}", page);
            items.AddRange(page.Body.GetProperty("items").EnumerateArray());
            total ??= page.Body.GetProperty("total").GetInt64();
            next = page.Body.GetProperty("next").GetString() ?? "";
        }
        while (next.Length > 0);

        if (items.Select(i => i.GetProperty("id").ToString()).Distinct().Count() != items.Count)
            throw new TourException($"{name} lists rows twice ({path}?{filter})");
        return items.Count == total ? items : throw new TourException($"{name} lists {items.Count} rows and counts {total} ({path}?{filter})");
    }

    public TourException Unexpected(string request, TourAnswer answer) => new($"{name} answered {answer.Status} to {request}: {answer.Body}");

    public void Dispose() => _http.Dispose();

    private async Task<TourAnswer> SendAsync(HttpRequestMessage request, string token, CancellationToken ct)
    {
        using var sent = request;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using var response = await _http.SendAsync(request, ct);
            var text = await response.Content.ReadAsStringAsync(ct);
            var headers = response.Headers;
            return new(
                (int)response.StatusCode,
                text.StartsWith('{') ? JsonSerializer.Deserialize<JsonElement>(text) : Json.ToElement(text),
                Header(headers, "ETag"),
                Guid.TryParse(Header(headers, "OpsDb-Transaction"), out var transaction) ? transaction : null,
                Header(headers, "Idempotency-Replayed") == "true");
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new TourException($"{name} did not answer {request.Method} {request.RequestUri} within {AnswerDeadline.TotalSeconds} s", e);
        }
    }

    private static string? Header(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.First() : null;
}
