using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpsDb.Kernel;

namespace OpsDb.ForeignTokens;

/// <summary>Checks JWTs (RFC 9068, RFC 8725) by the provider's keys, without asking it about each.</summary>
internal sealed partial class JwtChecker(ForeignTokenOptions options, IssuerKeys keys, TimeProvider time)
{
    private const int MaxLength = 12 * 1024, MaxKeyId = 200;
    private static readonly string[] Types = ["", "JWT", "AT+JWT", "APPLICATION/AT+JWT"];

    private readonly JsonWebTokenHandler handler = new() { MaximumTokenSizeInBytes = MaxLength };

    public static bool HasForm(string token) => Form().IsMatch(token);

    /// <exception cref="TokenRefusedException">token-malformed, token-not-accepted, token-expired.</exception>
    /// <exception cref="OutageException">identity-provider-unreachable.</exception>
    public async Task<ForeignClaims> CheckAsync(string token, CancellationToken ct)
    {
        var (jwt, claims) = Read(token);
        if (!options.Algorithms.Contains(jwt.Alg))
            throw ForeignClaims.Refuse($"it is signed in another way than {string.Join(", ", options.Algorithms)}");
        if (!Types.Contains(jwt.Typ?.ToUpperInvariant() ?? "") || jwt.TryGetHeaderValue<object>("crit", out _) || jwt.Kid is { Length: > MaxKeyId })
            throw ForeignClaims.Refuse("it is another kind of JWT than an access token");
        // None of this is proven yet; keys are looked for only where it can be right.
        if (jwt.Issuer != options.Issuer)
            throw ForeignClaims.Refuse($"it is not a token of {options.Issuer}");
        var read = ForeignClaims.Read(claims, options, time.GetUtcNow());
        var signed = await keys.FindAsync(jwt.Kid, ct);
        if (signed.Count == 0)
            throw ForeignClaims.Refuse("it is signed with a key that the identity provider does not publish");
        var result = await handler.ValidateTokenAsync(jwt, new()
        {
            ValidAlgorithms = options.Algorithms,
            IssuerSigningKeys = signed,
            TryAllIssuerSigningKeys = true,
            ValidIssuer = options.Issuer,
            ValidAudience = options.Audience,
            // Said above, by the site's clock.
            ValidateLifetime = false,
        });
        return result.IsValid ? read : throw ForeignClaims.Refuse("its signature is wrong");
    }

    private static (JsonWebToken Token, JsonElement Claims) Read(string token)
    {
        try
        {
            if (token.Length > MaxLength)
                throw Malformed($"has more than {MaxLength} characters");
            var jwt = new JsonWebToken(token);
            using var claims = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(jwt.EncodedPayload));
            // What it says of itself is read here, so that nothing of another form is met later.
            _ = (jwt.Alg, jwt.Kid, jwt.Typ, jwt.Issuer);
            return claims.RootElement.ValueKind == JsonValueKind.Object ? (jwt, claims.RootElement.Clone()) : throw Malformed("has no claims");
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or JsonException or FormatException or InvalidOperationException)
        {
            throw Malformed("is no JWT");
        }
    }

    private static TokenRefusedException Malformed(string why) => new(Problems.TokenMalformed, $"The token has the form of a JWT and {why}.");

    [GeneratedRegex(@"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
