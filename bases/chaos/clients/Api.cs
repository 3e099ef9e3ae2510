using System.Net.Http.Headers;

namespace OpsDb.Chaos;

/// <summary>What a process answered.</summary>
/// <param name="Status">0 when no answer came.</param>
/// <param name="Problem">The code of the problem, if it is one.</param>
/// <param name="Epoch">Of the site's log, as a UUID with hyphens.</param>
internal sealed record Reply(
    int Status,
    ReadOnlyMemory<byte> Body,
    string? Problem,
    string? Transaction,
    string? Epoch,
    string? ETag,
    bool Replayed,
    bool Stale)
{
    public static Reply None { get; } = new(0, default, null, null, null, null, false, false);

    public bool IsOk => Status is >= 200 and < 300;
}

/// <summary>A process of the data API, as clients reach it.</summary>
/// <param name="process">Its name in the history, <c>site/name</c>.</param>
internal sealed class Api(string process, Uri address, string token) : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        ConnectTimeout = ConnectTimeout,
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
    })
    {
        BaseAddress = address,
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    public string Process => process;

    /// <param name="timeout">After so long the caller gives up.</param>
    public async Task<Reply> SendAsync(HttpRequestMessage request, TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout);
        try
        {
            using var response = await http.SendAsync(request, limit.Token);
            var body = await response.Content.ReadAsByteArrayAsync(limit.Token);
            var status = (int)response.StatusCode;
            return new(
                status,
                body,
                status >= 400 ? ProblemText.Code(body) : null,
                Header(response, "OpsDb-Transaction"),
                Epoch(Header(response, "OpsDb-Consistency")),
                response.Headers.ETag?.ToString(),
                response.Headers.Contains("Idempotency-Replayed"),
                Header(response, "Preference-Applied") == "stale");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return Reply.None;
        }
    }

    public void Dispose() => http.Dispose();

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.First() : null;

    private static string? Epoch(string? consistency) =>
        consistency?.Split(':') is [_, var epoch, ..] && Guid.TryParseExact(epoch, "n", out var id) ? id.ToString() : null;
}
