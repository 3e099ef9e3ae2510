using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.TestKit;

/// <summary>The list of users of a provider in the form of Keycloak's administration, for whoever has its token.</summary>
public sealed class ProviderUserList : IAsyncDisposable
{
    private const string Secret = "a secret of the mirror", Token = "a token of the mirror";

    private WebApplication app = null!;

    public ConcurrentDictionary<string, object> Users { get; } = [];

    public bool IsAway { get; set; }

    public (string, string)[] Settings =>
    [
        ("USERS_SYNC_URL", $"{app.Urls.First()}/admin/realms/test/users"), ("USERS_SYNC_TOKEN_URL", $"{app.Urls.First()}/token"),
        ("USERS_SYNC_ISSUER", Issuer), ("USERS_SYNC_CLIENT_ID", "mirror"), ("USERS_SYNC_CLIENT_SECRET", Secret),
    ];

    public string Issuer { get; } = $"https://login.example.org/{Guid.NewGuid():n}";

    public static async Task<ProviderUserList> StartAsync()
    {
        var list = new ProviderUserList();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        list.app = builder.Build();
        list.app.MapPost("/token", async (HttpContext context) =>
        {
            var form = await context.Request.ReadFormAsync();
            return form["grant_type"] == "client_credentials" && form["client_secret"] == Secret
                ? Results.Json(new { access_token = Token, expires_in = 60 })
                : Results.Unauthorized();
        });
        list.app.MapGet("/admin/realms/test/users", (HttpContext context, int first, int max) =>
            list.IsAway ? Results.StatusCode(503)
            : context.Request.Headers.Authorization != $"Bearer {Token}" ? Results.Unauthorized()
            : Results.Json(list.Users.OrderBy(u => u.Key, StringComparer.Ordinal).Skip(first).Take(max).Select(u => u.Value)));
        await list.app.StartAsync();
        return list;
    }

    public void Set(string id, string name, bool enabled = true, string? email = null, string? firstName = null) =>
        Users[id] = new { id, username = name, enabled, email, firstName, lastName = firstName is null ? null : "L." };

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
