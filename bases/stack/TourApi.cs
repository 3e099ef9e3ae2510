using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using OpsDb.Client;
using OpsDb.Kernel;

namespace OpsDb.Stack;

/// <summary>A write as it is sent; sending the same one again is a repetition.</summary>
/// <param name="Name">What it is, for messages.</param>
/// <param name="Send">Sends it with its key and the entity tag that was seen.</param>
internal sealed record TourRequest(string Name, Func<OpsDbClient, TourRequest, CancellationToken, Task<OpsDbResponse<Execution>>> Send, string IfMatch = "")
{
    public string Key { get; } = Guid.NewGuid().ToString();

    public override string ToString() => $"the {Name} (Idempotency-Key {Key})";
}

internal sealed record TourAnswer(int Status, JsonElement Body, string? ETag, Guid? Transaction, bool Replayed);

/// <summary>The HTTP API of one site, as a client with tokens sees it.</summary>
internal sealed class TourApi(string name, StackSite site) : IDisposable
{
    private const int Found = 200, NotFound = 404;

    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(30);

    private readonly HttpClient http = new() { BaseAddress = new(site.Url), Timeout = AnswerDeadline };

    private readonly HttpClient observer = new()
    {
        BaseAddress = new(site.Url),
        Timeout = AnswerDeadline,
        DefaultRequestHeaders = { Authorization = new("Bearer", site.Tokens.Observer) },
    };

    public string Name => name;

    /// <summary>Sends a write with the generated client, as a program of the observatory would.</summary>
    public async Task<TourAnswer> SendAsync(TourRequest write, CancellationToken ct)
    {
        try
        {
            var answer = await write.Send(new(observer), write, ct);
            return new(answer.StatusCode, JsonSerializer.SerializeToElement(answer.Result), answer.ETag, answer.Transaction, answer.Replayed);
        }
        catch (OpsDbException e)
        {
            return new(e.StatusCode, Json.ToElement(e.Problem?.Detail ?? e.Response), null, null, false);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new TourException($"{name} did not answer {write} within {AnswerDeadline.TotalSeconds} s", e);
        }
    }

    public Task<TourAnswer> GetAsync(string path, CancellationToken ct) =>
        SendAsync(new(HttpMethod.Get, path), site.Tokens.Observer, ct);

    /// <summary>For what only those who run the site may read.</summary>
    public Task<TourAnswer> GetAsAdminAsync(string path, CancellationToken ct) =>
        SendAsync(new(HttpMethod.Get, path), site.Tokens.Admin, ct);

    public Task<TourAnswer> PostAsAdminAsync(string path, object body, CancellationToken ct)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        return SendAsync(request, site.Tokens.Admin, ct);
    }

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

    public void Dispose()
    {
        http.Dispose();
        observer.Dispose();
    }

    private async Task<TourAnswer> SendAsync(HttpRequestMessage request, string token, CancellationToken ct)
    {
        using var sent = request;
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using var response = await http.SendAsync(request, ct);
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
