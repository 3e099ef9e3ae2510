using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.ApiTests.Identity;

/// <summary>A server of GitHub's shape, where whoever comes is signed in already. It insists on PKCE and takes each code once.</summary>
public sealed class GithubStandIn : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, string> challenges = new();

    private GithubStandIn(WebApplication app) => this.app = app;

    public string Address => app.Urls.First();

    public string Login { get; set; } = "";

    public long Id { get; set; } = Random.Shared.NextInt64(1, long.MaxValue);

    /// <summary>Of the user's membership; null for none.</summary>
    public string? Membership { get; set; } = "active";

    /// <summary>Slugs, in the organization.</summary>
    public string[] Teams { get; set; } = [];

    public static async Task<GithubStandIn> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        var github = new GithubStandIn(builder.Build());
        github.Map();
        await github.app.StartAsync();
        return github;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private void Map()
    {
        app.MapGet("/login/oauth/authorize", (HttpContext context) =>
        {
            var query = context.Request.Query;
            if (query["code_challenge_method"] != "S256" || query["code_challenge"] is not [{ Length: 43 } challenge] || query["client_id"] != "opsdb")
                return Results.BadRequest();
            var code = Guid.NewGuid().ToString("n");
            challenges[code] = challenge;
            return Results.Redirect(QueryHelpers.AddQueryString(query["redirect_uri"].ToString(),
                new Dictionary<string, string?> { ["code"] = code, ["state"] = query["state"] }));
        });
        app.MapPost("/login/oauth/access_token", async (HttpContext context) =>
        {
            var form = await context.Request.ReadFormAsync();
            var verifier = Base64UrlTextEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
            return challenges.TryRemove(form["code"].ToString(), out var challenge) && challenge == verifier && form["client_secret"] == "a secret"
                ? Results.Json(new { access_token = "gho_token", token_type = "bearer", scope = "read:org" })
                : Results.BadRequest(new { error = "bad_verification_code" });
        });
        app.MapGet("/user", (HttpContext context) => Asked(context, new { id = Id, login = Login, name = "Ada", email = (string?)null }));
        app.MapGet("/user/memberships/orgs/observatory", (HttpContext context) =>
            Membership is null ? Results.NotFound() : Asked(context, new { state = Membership }));
        app.MapGet("/user/teams", (HttpContext context) =>
            Asked(context, Teams.Select(t => new { slug = t, organization = new { login = "observatory" } })));
    }

    private static IResult Asked(HttpContext context, object answer) =>
        context.Request.Headers.Authorization == "Bearer gho_token" ? Results.Json(answer) : Results.Unauthorized();
}
