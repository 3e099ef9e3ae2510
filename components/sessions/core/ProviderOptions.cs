using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Sessions;

/// <summary>The providers of identities with which one can sign in.</summary>
/// <param name="Oidc">One of OpenID Connect; null when there is none.</param>
/// <param name="Github">GitHub; null when it is not used.</param>
public sealed record ProviderOptions(OidcOptions? Oidc, GithubOptions? Github)
{
    public static ProviderOptions Read(Settings settings) => new(OidcOptions.Read(settings), GithubOptions.Read(settings));

    /// <summary>The map from what a provider says to names of roles, a JSON object of texts.</summary>
    internal static IReadOnlyDictionary<string, string> Map(Settings settings, string name, string description)
    {
        var text = settings.Text(name, "", description);
        if (text.Length == 0)
            return new Dictionary<string, string>();
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(text) ?? [];
        }
        catch (JsonException)
        {
            settings.Mistake($"{name} is a JSON object whose values are names of roles, like {{\"operators\": \"observer\"}}");
            return new Dictionary<string, string>();
        }
    }

    /// <summary>What is wrong with the address of a provider; null when nothing is.</summary>
    internal static string? Fault(string address) =>
        address.Length == 0 || Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Query.Length == 0
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp && Loopback.Is(uri.DnsSafeHost))
            ? null
            : $"is an address that begins with https, not '{address}'";
}

/// <summary>A provider of OpenID Connect, such as Keycloak.</summary>
/// <param name="Issuer">As its discovery document says.</param>
/// <param name="ClientSecret">Empty for a public client, which PKCE protects alone.</param>
/// <param name="NameClaim">The claim with the name of a new user.</param>
/// <param name="RoleClaim">The claim with groups or roles; empty where none are taken over.</param>
/// <param name="Roles">Which role a value of that claim means.</param>
public sealed record OidcOptions(
    string Issuer, string ClientId, string ClientSecret, IReadOnlyList<string> Scopes, string NameClaim, string RoleClaim,
    IReadOnlyDictionary<string, string> Roles)
{
    public static OidcOptions? Read(Settings settings)
    {
        var issuer = settings.Text("OIDC_ISSUER", "", "provider of OpenID Connect with which one can sign in, as its tokens name it; unset for none",
            ProviderOptions.Fault);
        var client = settings.Text("OIDC_CLIENT_ID", "", "what the provider calls OpsDb; its redirect address there is /login/oidc/callback");
        var secret = settings.OptionalSecret("OIDC_CLIENT_SECRET", "what OpsDb shows the provider; unset for a public client");
        var scopes = settings.Text("OIDC_SCOPES", "openid profile email", "what is asked of the provider, parted by blanks")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var name = settings.Text("OIDC_NAME_CLAIM", "preferred_username", "claim that a new user is named after");
        var claim = settings.Text("OIDC_ROLE_CLAIM", "", "claim with the groups or roles at the provider; unset where none are taken over");
        var roles = ProviderOptions.Map(settings, "OIDC_ROLE_MAP", "which role a value of OIDC_ROLE_CLAIM means: a JSON object, value to role");
        if (issuer.Length == 0 != (client.Length == 0))
            settings.Mistake("OIDC_ISSUER and OIDC_CLIENT_ID are set together or not at all");
        if (!scopes.Contains("openid"))
            settings.Mistake("OIDC_SCOPES has openid among them");
        return issuer.Length == 0 ? null : new(issuer, client, secret, scopes, name, claim, roles);
    }

    /// <summary>The roles that a user is to have; null where none are taken over.</summary>
    public IReadOnlyList<string>? RolesOf(IEnumerable<string> values) =>
        RoleClaim.Length == 0 ? null : [.. values.Where(Roles.ContainsKey).Select(v => Roles[v]).Distinct()];
}

/// <summary>GitHub, or a server of its kind.</summary>
/// <param name="Organization">Whose members may sign in.</param>
/// <param name="TeamRoles">Which role a team, as <c>organization/team</c>, means.</param>
/// <param name="Url">Where one signs in.</param>
/// <param name="ApiUrl">Where it is asked.</param>
public sealed record GithubOptions(
    string ClientId, string ClientSecret, string Organization, IReadOnlyDictionary<string, string> TeamRoles, string Url, string ApiUrl)
{
    /// <summary>What identities of GitHub have as their issuer.</summary>
    public const string Issuer = "github";

    public static GithubOptions? Read(Settings settings)
    {
        var client = settings.Text("GITHUB_CLIENT_ID", "", "what GitHub calls OpsDb, to sign in there; unset for not at all");
        var secret = settings.OptionalSecret("GITHUB_CLIENT_SECRET", "what OpsDb shows GitHub");
        var organization = settings.Text("GITHUB_ORGANIZATION", "", "organization at GitHub whose members may sign in");
        var roles = ProviderOptions.Map(settings, "GITHUB_TEAM_ROLES", "which role a team of GitHub means: a JSON object, organization/team to role");
        var url = settings.Text("GITHUB_URL", "https://github.com", "where one signs in at GitHub", ProviderOptions.Fault);
        var api = settings.Text("GITHUB_API_URL", "https://api.github.com", "where GitHub is asked who somebody is", ProviderOptions.Fault);
        if (client.Length == 0)
            return null;
        if (secret.Length == 0 || organization.Length == 0)
            settings.Mistake("GITHUB_CLIENT_ID needs GITHUB_CLIENT_SECRET, and GITHUB_ORGANIZATION, or everybody could sign in");
        return new(client, secret, organization, roles, url.TrimEnd('/'), api.TrimEnd('/'));
    }

    /// <summary>The roles that a user is to have; null where none are taken over.</summary>
    /// <param name="teams">As <c>organization/team</c>.</param>
    public IReadOnlyList<string>? RolesOf(IEnumerable<string> teams) =>
        TeamRoles.Count == 0 ? null : [.. teams.Where(TeamRoles.ContainsKey).Select(t => TeamRoles[t]).Distinct()];
}
