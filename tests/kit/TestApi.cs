using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using OpsDb.DataApi;
using OpsDb.Kernel;

namespace OpsDb.TestKit;

/// <summary>What an API answered.</summary>
public sealed record TestAnswer(HttpStatusCode Code, JsonElement Body, HttpResponseHeaders Headers)
{
    public int Status => (int)Code;

    /// <summary>The code of the problem, if it is one.</summary>
    public string? Problem => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("type", out var type) ? type.GetString()!.Split('/')[^1] : null;

    public string Detail => Text("detail");

    public Guid Id => Body.GetProperty("id").GetGuid();

    public string? Header(string name) => Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    public string ETag => Header("ETag")!;

    public string Text(string property) => Body.GetProperty(property).GetString()!;

    /// <summary>Nothing where no row was answered.</summary>
    public string SyncState => Body.TryGetProperty("sync", out var sync) ? sync.GetProperty("state").GetString()! : "";

    /// <summary>Of an answer about health: a sentence a line.</summary>
    public string Problems => string.Join('\n', Body.GetProperty("problems").EnumerateArray().Select(p => p.GetString()));

    /// <summary>Of an answer of /health: a number about the site's buffer.</summary>
    public int Buffer(string name) => Body.GetProperty("transaction_buffer").GetProperty(name).GetInt32();

    /// <summary>How many rows a list has, where that was asked for.</summary>
    public int Total => Body.GetProperty("total").GetInt32();

    public IEnumerable<JsonElement> Items => Body.GetProperty("items").EnumerateArray();

    /// <summary>What is wrong with a field; the first thing of several.</summary>
    public string? Wrong(string field) => Body.GetProperty("errors").GetProperty(field)[0].GetString();

    public override string ToString() => $"{Status} {Body}";
}

/// <summary>A data API in this process, over real HTTP.</summary>
public sealed class TestApi : IAsyncDisposable
{
    private readonly WebApplication? app;
    private readonly HttpClient http;

    private TestApi(WebApplication? app, Uri address)
    {
        this.app = app;
        // What cookies it sends a test says.
        http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public Uri Address => http.BaseAddress!;

    /// <summary>The same client for an API that runs elsewhere.</summary>
    public static TestApi At(string address) => new(null, new(address));

    public static DataApiSettings Read(Dictionary<string, string> values)
    {
        var settings = new Settings(values.GetValueOrDefault);
        var read = DataApiSettings.Read(settings);
        return settings.Mistakes.Count == 0 ? read : throw new SettingsException(settings.Mistakes);
    }

    public static async Task<TestApi> StartAsync(Dictionary<string, string> settings)
    {
        var api = await StartUnreadyAsync(settings);
        // The database of a fixture reaches the replica a little later than it was made.
        await Eventually.TrueAsync(async () => (await api.GetAsync("/health/ready")).Status == 200, "the API is ready");
        return api;
    }

    /// <summary>The same, without waiting for what it needs to answer.</summary>
    public static async Task<TestApi> StartUnreadyAsync(Dictionary<string, string> settings)
    {
        var app = DataApiBase.Build(Read(settings));
        await app.StartAsync();
        return new(app, new(app.Urls.First()));
    }

    public Task<TestAnswer> GetAsync(string path, TestTokens? token = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, null, token ?? TestTokens.Observer, headers);

    public Task<TestAnswer> PostAsync(string path, object? body, string? key = null, TestTokens? token = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, Content(body, "application/json"), token ?? TestTokens.Observer,
            key is null ? headers : [.. headers, ("Idempotency-Key", key)]);

    public Task<TestAnswer> PutAsync(string path, object? body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Put, path, Content(body, "application/json"), TestTokens.Observer, headers);

    public Task<TestAnswer> PatchAsync(string path, object body, string? ifMatch, TestTokens? token = null) =>
        SendAsync(HttpMethod.Patch, path, Content(body, "application/merge-patch+json"), token ?? TestTokens.Admin,
            ifMatch is null ? [] : [("If-Match", ifMatch)]);

    public Task<TestAnswer> DeleteAsync(string path, string? ifMatch, string? key = null, TestTokens? token = null) =>
        SendAsync(HttpMethod.Delete, path, null, token ?? TestTokens.Admin,
            [.. ifMatch is null ? [] : new[] { ("If-Match", ifMatch) }, .. key is null ? [] : new[] { ("Idempotency-Key", key) }]);

    /// <summary>A start, which is the write that most tests need.</summary>
    public async Task<TestAnswer> StartExecutionAsync(int unit = 1, string? key = null) =>
        await PostAsync("/api/v1/executions", new { obs_unit_id = unit }, key);

    /// <summary>Whether it answers and has what it needs.</summary>
    public async Task<bool> IsReadyAsync()
    {
        try
        {
            return (await GetAsync("/health/ready")).Status == 200;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>What operators are told is the matter, a sentence a line.</summary>
    public async Task<string> ProblemsAsync() => (await GetAsync("/api/v1/site/health")).Problems;

    /// <summary>The value of a metric that has one series.</summary>
    /// <param name="name">Without <c>opsdb_</c>.</param>
    public async Task<double> MetricAsync(string name)
    {
        var lines = (await GetAsync("/metrics", TestTokens.Admin)).Body.GetString()!.Split('\n');
        return double.Parse(lines.Single(l => l.StartsWith($"opsdb_{name}{{", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);
    }

    public async Task<TestAnswer> SendAsync(
        HttpMethod method, string path, HttpContent? content, TestTokens? token, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new("Bearer", token.Text);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        DocumentedAnswers.Committed.Check(response, text);
        var isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return new(response.StatusCode, isJson && text.Length > 0 ? JsonSerializer.Deserialize<JsonElement>(text)
            : JsonSerializer.SerializeToElement(text), response.Headers);
    }

    /// <summary>JSON of an object, or a text as it is.</summary>
    public static StringContent? Content(object? body, string type) =>
        body is null ? null : new(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, type);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (app is not null)
            await app.DisposeAsync();
    }
}
