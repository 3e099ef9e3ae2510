using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.ForeignTokens;

/// <summary>What a token says of its user, once it is believed.</summary>
/// <param name="Subject">What the provider calls the account for ever.</param>
/// <param name="Scopes">What the token permits of what its user may do; null where it does not speak of that.</param>
/// <param name="End">Until when it is good.</param>
internal sealed record ForeignClaims(string Subject, IReadOnlyList<string>? Scopes, DateTimeOffset End)
{
    private const int MaxSubject = 255;
    private static readonly string[] ScopeClaims = ["scope", "scp"];

    public string? Name { get; init; }

    public string? DisplayName { get; init; }

    public string? Email { get; init; }

    /// <summary>Reads the claims of a token whose signature is right, or what the provider says of a token.</summary>
    /// <exception cref="TokenRefusedException">They are not those of an access token for this API that is good now.</exception>
    public static ForeignClaims Read(JsonElement claims, ForeignTokenOptions options, DateTimeOffset now)
    {
        if (claims.Text("iss") is { } issuer && issuer != options.Issuer)
            throw Refuse($"it is not a token of {options.Issuer}");
        if (!Texts(claims, "aud").Contains(options.Audience))
            throw Refuse($"it is not for {options.Audience}");
        // Whoever has to prove that they hold a key, too, is not believed without.
        if (claims.TryGetProperty("cnf", out _))
            throw Refuse("it is bound to a key, which is not supported");
        if (claims.Text("sub") is not { Length: > 0 and <= MaxSubject } subject)
            throw Refuse("it does not say whose it is (sub)");
        if (Time(claims, "nbf") is { } begin && begin - options.ClockSkew > now)
            throw Refuse($"it is good only from {Instant.Format(begin)}");
        if (Time(claims, "exp") is not { } end)
            throw Refuse("it does not say until when it is good (exp)");
        if (end + options.ClockSkew <= now)
            throw new TokenRefusedException(Problems.TokenExpired, $"The identity provider's token expired at {Instant.Format(end)}.");
        string[] scopes = [.. ScopeClaims.SelectMany(c => Texts(claims, c)).SelectMany(t => t.Split(' ')).Where(Permission.IsOne)];
        return new(subject, scopes.Length > 0 ? scopes : null, end)
        {
            Name = claims.Text(options.NameClaim),
            DisplayName = claims.Text("name"),
            Email = claims.Text("email"),
        };
    }

    public static TokenRefusedException Refuse(string why) =>
        new(ForeignTokenProblems.NotAccepted, $"The identity provider's token is not accepted: {why}.");

    /// <summary>Of a text or a list of texts.</summary>
    private static IEnumerable<string> Texts(JsonElement claims, string name) => !claims.TryGetProperty(name, out var value) ? [] : value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!),
        _ => [],
    };

    /// <summary>Seconds since 1970, as claims have instants.</summary>
    private static DateTimeOffset? Time(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds)
            && seconds is >= 0 and < 253_402_300_799
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;
}
