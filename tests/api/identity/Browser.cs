using OpsDb.TestKit;

namespace OpsDb.ApiTests.Identity;

/// <summary>A browser as an API sees it: it keeps one session's cookie, and its pages send the CSRF token.</summary>
public sealed class Browser(TestApi api)
{
    /// <summary>Name and value; null while there is no session.</summary>
    public string? Cookie { get; init; }

    public string? CsrfToken { get; init; }

    public Guid Session { get; init; }

    /// <summary>The same browser, at another process.</summary>
    public Browser At(TestApi other) => new(other) { Cookie = Cookie, CsrfToken = CsrfToken, Session = Session };

    public Task<TestAnswer> TryAsync(string name, string passphrase, string? totp = null) =>
        SendAsync(HttpMethod.Post, "/api/v1/session", new { name, passphrase, totp }, Cookie is null ? [] : [("Cookie", Cookie)]);

    /// <summary>Signs in.</summary>
    public async Task<Browser> SignInAsync(string name, string passphrase = SignInFixture.Passphrase, string? totp = null)
    {
        var answer = await TryAsync(name, passphrase, totp);
        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
        return new(api)
        {
            Cookie = answer.Header("Set-Cookie")!.Split(';')[0],
            CsrfToken = answer.Text("csrf_token"),
            Session = answer.Body.GetProperty("session").GetProperty("id").GetGuid(),
        };
    }

    public Task<TestAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null, ("Cookie", Cookie!));

    public Task<TestAnswer> PostAsync(string path, object? body = null) => ChangeAsync(HttpMethod.Post, path, body);

    public Task<TestAnswer> PutAsync(string path, object body) => ChangeAsync(HttpMethod.Put, path, body);

    public Task<TestAnswer> DeleteAsync(string path) => ChangeAsync(HttpMethod.Delete, path, null);

    /// <summary>With the headers that are given, and no others.</summary>
    public Task<TestAnswer> SendAsync(HttpMethod method, string path, object? body, params (string Name, string Value)[] headers) =>
        api.SendAsync(method, path, TestApi.Content(body, "application/json"), null, headers);

    private Task<TestAnswer> ChangeAsync(HttpMethod method, string path, object? body) =>
        SendAsync(method, path, body, ("Cookie", Cookie!), ("X-CSRF-Token", CsrfToken!));
}
