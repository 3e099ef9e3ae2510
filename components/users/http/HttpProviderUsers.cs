using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Users.Http;

/// <summary>The list of users of Keycloak's administration, page by page.</summary>
internal sealed class HttpProviderUsers(UserSyncOptions options) : IProviderUsers, IDisposable
{
    private const int Page = 100, MaxUsers = 100_000, MaxAnswer = 4 * 1024 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly HttpClient http = OutgoingHttp.Create(1);

    public async Task<IReadOnlyList<ProviderUser>> ListAsync(CancellationToken ct)
    {
        var all = new List<ProviderUser>();
        while (true)
        {
            // Tokens for administration live for a minute, and a list may take longer.
            var page = await ReadAsync(all.Count, await TokenAsync(ct), ct);
            if (page.Count == 0)
                return all;
            all.AddRange(page);
            if (all.Count > MaxUsers)
                throw new NoAnswerException($"answered more than {MaxUsers} users");
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<string> TokenAsync(CancellationToken ct)
    {
        using var question = new HttpRequestMessage(HttpMethod.Post, options.TokenUrl)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = options.ClientId,
                ["client_secret"] = options.ClientSecret,
            }),
        };
        return (await http.AskAsync(question, Limit, MaxAnswer, ct)).Text("access_token") ?? throw new NoAnswerException("gave no token");
    }

    private async Task<IReadOnlyList<ProviderUser>> ReadAsync(int first, string token, CancellationToken ct)
    {
        var address = new UriBuilder(options.Url!);
        address.Query = $"{address.Query.TrimStart('?')}{(address.Query.Length > 1 ? "&" : "")}"
            + string.Create(CultureInfo.InvariantCulture, $"first={first}&max={Page}");
        using var question = new HttpRequestMessage(HttpMethod.Get, address.Uri) { Headers = { Authorization = new("Bearer", token) } };
        var answer = await http.AskAsync(question, Limit, MaxAnswer, ct);
        if (answer.ValueKind != JsonValueKind.Array)
            throw new NoAnswerException("answered something else than a list of users");
        return [.. answer.EnumerateArray().Select(Read)];
    }

    private static ProviderUser Read(JsonElement user)
    {
        if (user.Text("id") is not { Length: > 0 } id || user.Text("username") is not { Length: > 0 } name)
            throw new NoAnswerException("answered a user without id or username");
        var display = $"{user.Text("firstName")} {user.Text("lastName")}".Trim();
        var email = user.Text("email");
        return new(id, name, string.IsNullOrEmpty(email) ? null : email, display.Length > 0 ? display : null,
            user.TryGetProperty("enabled", out var enabled) && enabled.ValueKind == JsonValueKind.True);
    }
}

public static class UsersHttpRegistration
{
    /// <summary>Needs <see cref="UserSyncOptions"/>.</summary>
    public static IServiceCollection AddUsersHttp(this IServiceCollection services) => services.AddSingleton<IProviderUsers, HttpProviderUsers>();
}
