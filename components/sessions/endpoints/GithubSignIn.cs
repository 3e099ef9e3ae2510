using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Users;

namespace OpsDb.Sessions.Endpoints;

/// <summary>Signing in at GitHub: OAuth with PKCE, for members of one organization.</summary>
internal static class GithubSignIn
{
    public const string Path = "/github/login", Callback = "/github/callback";

    public static readonly AuthenticationScheme Scheme = new("github", null, typeof(OAuthHandler<OAuthOptions>));

    private const string Subject = "sub", Name = "name", DisplayName = "display_name", Email = "email", Team = "team";
    private const int TeamsPerPage = 100, MostPages = 10;

    public static void Add(AuthenticationBuilder builder, GithubOptions provider) => builder.AddOAuth(Scheme.Name, options =>
    {
        options.ClientId = provider.ClientId;
        options.ClientSecret = provider.ClientSecret;
        options.AuthorizationEndpoint = $"{provider.Url}/login/oauth/authorize";
        options.TokenEndpoint = $"{provider.Url}/login/oauth/access_token";
        options.UserInformationEndpoint = $"{provider.ApiUrl}/user";
        options.UsePkce = true;
        options.CallbackPath = Callback;
        options.Scope.Add("read:user");
        options.Scope.Add("read:org");
        SignInProviders.Harden(options);
        options.Events.OnCreatingTicket = context => AskAsync(context, provider);
        options.Events.OnRemoteFailure = ProviderSignIn.FailAsync;
        options.Events.OnTicketReceived = context => ProviderSignIn.OpenAsync(context, UserOf(context.Principal!, provider), SignInMethod.Github);
    });

    /// <summary>Asks who the owner of the token is, and whether they belong to the organization. The token is kept nowhere.</summary>
    private static async Task AskAsync(OAuthCreatingTicketContext context, GithubOptions provider)
    {
        var user = await GetAsync(context, provider.ApiUrl, "/user") ?? throw new HttpRequestException("GitHub does not tell who it is.");
        Add(Subject, user.GetProperty("id").GetInt64().ToString(CultureInfo.InvariantCulture));
        Add(Name, Text(user, "login"));
        Add(DisplayName, Text(user, "name"));
        Add(Email, Text(user, "email"));
        var membership = await GetAsync(context, provider.ApiUrl, $"/user/memberships/orgs/{Uri.EscapeDataString(provider.Organization)}");
        if (membership is not { } member || Text(member, "state") != "active")
        {
            throw ProviderSignIn.Refused(context.HttpContext, "not-a-member",
                $"Only members of the organization {provider.Organization} at GitHub sign in here.", null);
        }
        for (var page = 1; provider.TeamRoles.Count > 0 && page <= MostPages; page++)
        {
            var teams = await GetAsync(context, provider.ApiUrl, FormattableString.Invariant($"/user/teams?per_page={TeamsPerPage}&page={page}"))
                ?? throw new HttpRequestException("GitHub does not tell the teams.");
            foreach (var team in teams.EnumerateArray())
                Add(Team, $"{Text(team.GetProperty("organization"), "login")}/{Text(team, "slug")}");
            if (teams.GetArrayLength() < TeamsPerPage)
                break;
        }

        void Add(string claim, string? value)
        {
            if (value is not null)
                context.Identity!.AddClaim(new Claim(claim, value));
        }
    }

    private static ForeignUser UserOf(ClaimsPrincipal principal, GithubOptions provider) =>
        new(GithubOptions.Issuer, principal.Claim(Subject)!, principal.Claim(Name)!)
        {
            DisplayName = principal.Claim(DisplayName),
            Email = principal.Claim(Email),
            Roles = provider.RolesOf(principal.FindAll(Team).Select(c => c.Value)),
        };

    /// <returns>Null where there is nothing, or nothing for this user.</returns>
    /// <exception cref="HttpRequestException">Any other answer.</exception>
    private static async Task<JsonElement?> GetAsync(OAuthCreatingTicketContext context, string api, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{api}{path}");
        request.Headers.Authorization = new("Bearer", context.AccessToken);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/vnd.github+json"));
        request.Headers.UserAgent.Add(new("OpsDb", null));
        using var answer = await context.Backchannel.SendAsync(request, context.HttpContext.RequestAborted);
        if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
            return null;
        answer.EnsureSuccessStatusCode();
        return JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(context.HttpContext.RequestAborted));
    }

    private static string? Text(JsonElement json, string field) =>
        json.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
