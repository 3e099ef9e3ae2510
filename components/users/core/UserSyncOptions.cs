using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>Whose users are mirrored.</summary>
/// <param name="Url">Where they are listed, in the form of Keycloak's administration; null where nobody's are.</param>
/// <param name="Issuer">The provider, as <see cref="UserIdentity.Issuer"/> has it.</param>
/// <param name="TokenUrl">Where a token for the list is given.</param>
public sealed record UserSyncOptions(Uri? Url, string Issuer, Uri? TokenUrl, string ClientId, string ClientSecret)
{
    /// <summary>The largest part of the linked users, in percent, that is disabled at once.</summary>
    public int MaxDisable { get; init; } = 20;

    public static UserSyncOptions Read(Settings settings)
    {
        var url = Address("USERS_SYNC_URL",
            "users of an identity provider that `users sync` mirrors, in the form of Keycloak's `/admin/realms/…/users`; unset: none");
        var token = Address("USERS_SYNC_TOKEN_URL", "where a token for USERS_SYNC_URL is given by client credentials");
        var issuer = settings.Text("USERS_SYNC_ISSUER", "", "what the provider's tokens name as their issuer, as users' identities have it");
        var id = settings.Text("USERS_SYNC_CLIENT_ID", "", "as whom the provider is asked");
        var secret = settings.OptionalSecret("USERS_SYNC_CLIENT_SECRET", "secret of USERS_SYNC_CLIENT_ID");
        if (url is not null && (token is null || issuer.Length == 0 || id.Length == 0 || secret.Length == 0))
            settings.Mistake("USERS_SYNC_URL needs USERS_SYNC_TOKEN_URL, USERS_SYNC_ISSUER, USERS_SYNC_CLIENT_ID and USERS_SYNC_CLIENT_SECRET");
        return new(url, issuer, token, id, secret)
        {
            MaxDisable = settings.Integer("USERS_SYNC_MAX_DISABLE", 20, 0, 100,
                "percent of the linked users that are disabled at once, at most; one always is"),
        };

        Uri? Address(string name, string description) =>
            settings.Text(name, "", description, OutgoingHttp.AddressFault) is { Length: > 0 } text && OutgoingHttp.AddressFault(text) is null
                ? new(text)
                : null;
    }

    /// <summary>No secret, whoever prints it.</summary>
    public override string ToString() => Issuer;
}
