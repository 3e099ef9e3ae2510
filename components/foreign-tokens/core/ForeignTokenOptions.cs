using OpsDb.Kernel;

namespace OpsDb.ForeignTokens;

/// <summary>Which access tokens of an identity provider are accepted.</summary>
/// <param name="Issuer">The provider, exactly as its tokens name it; empty where none are accepted.</param>
/// <param name="Audience">What the tokens name as the one that they are for.</param>
public sealed record ForeignTokenOptions(string Issuer, string Audience)
{
    /// <summary>How the provider may sign. Whatever rests on a shared key is none of them.</summary>
    private static readonly string[] KnownAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    public IReadOnlyList<string> Algorithms { get; init; } = ["RS256", "ES256"];

    /// <summary>Where the provider's keys are; null where its discovery document names the place.</summary>
    public Uri? KeysUrl { get; init; }

    /// <summary>How long keys are believed while the provider does not answer.</summary>
    public TimeSpan KeysMaxAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The claim that a new user is named after.</summary>
    public string NameClaim { get; init; } = "preferred_username";

    /// <summary>How much the clocks of provider and site may differ.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether somebody whose account is not known becomes a user, without roles.</summary>
    public bool Admit { get; init; }

    /// <summary>How long the provider may take to answer.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a process may take to notice that a user has less access.</summary>
    public TimeSpan CacheTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where tokens are asked about that say nothing by themselves; null where those are not accepted.</summary>
    public Introspection? Introspection { get; init; }

    /// <param name="cacheTime">See <see cref="CacheTime"/>.</param>
    public static ForeignTokenOptions Read(Settings settings, Site site, TimeSpan cacheTime)
    {
        var issuer = settings.Text("JWT_ISSUER", "",
            "identity provider whose access tokens are accepted, exactly as they name it (`iss`); unset: none are", OutgoingHttp.AddressFault);
        var audience = settings.Text("JWT_AUDIENCE", "", "what those tokens name as the one that they are for (`aud`); needed with JWT_ISSUER");
        var keys = settings.Text("JWT_KEYS_URL", "",
            "where the provider's keys are (JWK Set); unset: where `.well-known/openid-configuration` below JWT_ISSUER says", OutgoingHttp.AddressFault);
        var algorithms = settings.Text("JWT_ALGORITHMS", "RS256,ES256", $"how the provider may sign, comma separated, of {string.Join(", ", KnownAlgorithms)}",
            text => Parts(text) is { Length: > 0 } parts && parts.All(KnownAlgorithms.Contains) ? null
                : $"has other names than {string.Join(", ", KnownAlgorithms)}");
        var admit = settings.Flag("JWT_ADMIT", false, "at main: whether somebody whose account is not known becomes a user, without roles");
        if (issuer.Length > 0 && audience.Length == 0)
            settings.Mistake("JWT_AUDIENCE is not set: without it tokens that the provider made for other services would be accepted");
        if (admit && site.Type != SiteType.Main)
            settings.Mistake("JWT_ADMIT is true at a secondary site; users are made at main");
        return new(issuer, audience)
        {
            Algorithms = Parts(algorithms),
            KeysUrl = keys.Length > 0 && OutgoingHttp.AddressFault(keys) is null ? new(keys) : null,
            KeysMaxAge = settings.Seconds("JWT_KEYS_MAX_AGE", 604_800, 60, 31_536_000, "how long the provider's keys are believed while it does not answer"),
            NameClaim = settings.Text("JWT_NAME_CLAIM", "preferred_username", "claim of the token that a new user is named after"),
            ClockSkew = settings.Seconds("JWT_CLOCK_SKEW", 30, 0, 300, "how much the clocks of provider and site may differ"),
            TimeLimit = settings.Seconds("JWT_TIMEOUT", 5, 0.1, 60, "how long the provider may take to answer"),
            Admit = admit,
            CacheTime = cacheTime,
            Introspection = Introspection.Read(settings, issuer),
        };
    }

    private static string[] Parts(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>Where the provider is asked about tokens (RFC 7662).</summary>
/// <param name="ClientSecret">By which the provider recognises who asks.</param>
public sealed record Introspection(Uri Url, string ClientId, string ClientSecret)
{
    internal static Introspection? Read(Settings settings, string issuer)
    {
        var url = settings.Text("JWT_INTROSPECTION_URL", "",
            "where the provider is asked about access tokens that are no JWTs (RFC 7662); unset: those are not accepted", OutgoingHttp.AddressFault);
        var id = settings.Text("JWT_INTROSPECTION_CLIENT_ID", "", "as whom it is asked");
        var secret = settings.OptionalSecret("JWT_INTROSPECTION_CLIENT_SECRET", "secret of JWT_INTROSPECTION_CLIENT_ID");
        if (url.Length == 0)
            return null;
        if (issuer.Length == 0 || id.Length == 0 || secret.Length == 0)
            settings.Mistake("JWT_INTROSPECTION_URL needs JWT_ISSUER, JWT_INTROSPECTION_CLIENT_ID and JWT_INTROSPECTION_CLIENT_SECRET");
        return OutgoingHttp.AddressFault(url) is null ? new(new(url), id, secret) : null;
    }

    /// <summary>No secret, whoever prints it.</summary>
    public override string ToString() => $"{Url}";
}
