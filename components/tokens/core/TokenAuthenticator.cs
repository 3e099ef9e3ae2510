using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using OpsDb.Kernel;

namespace OpsDb.Tokens;

/// <summary>The keys under which tokens are hashed, the same at all sites of an installation.</summary>
/// <param name="Key">Of new tokens.</param>
/// <param name="CacheTime">How long a process may take to notice that a token was revoked.</param>
public sealed record TokenOptions(TokenKey Key, TimeSpan CacheTime)
{
    /// <summary>A key of before, whose tokens are still accepted; null when there is none.</summary>
    public TokenKey? Previous { get; init; }

    public static TokenOptions Read(Settings settings)
    {
        var key = settings.Secret("API_TOKEN_KEY", "key under which tokens are hashed: at least 64 random hexadecimal digits, the same at all sites",
            TokenKey.WhyNot);
        var previous = settings.OptionalSecret("API_TOKEN_KEY_PREVIOUS",
            "the key before that one, while tokens that rest on it are still accepted; tokens list tells which do",
            v => TokenKey.WhyNot(v) ?? (v.Equals(key, StringComparison.OrdinalIgnoreCase) ? "is the key before API_TOKEN_KEY, not the same one" : null));
        return new(Parse(key) ?? new([]), settings.Seconds("TOKEN_CACHE_TIME", 5, 0, 300,
            "how long a process may take to notice that a token was revoked"))
        { Previous = Parse(previous) };

        static TokenKey? Parse(string text) => TokenKey.WhyNot(text) is null ? TokenKey.Parse(text) : null;
    }
}

/// <summary>Checks tokens against the site's database, with a short memory so that not every request asks it.</summary>
internal sealed class TokenAuthenticator(IApiTokens tokens, TokenOptions options, TimeProvider time) : IAuthenticator
{
    private const int MaxRemembered = 10_000;
    private const string UnknownOrRevoked = "The token is well formed, but it is not known here, or it was revoked.";

    private readonly ConcurrentDictionary<string, (ApiToken Token, long At)> remembered = new();

    public async Task<Principal> AuthenticateAsync(string token, CancellationToken ct)
    {
        if (!TokenText.IsWellFormed(token))
            throw new TokenRefusedException(Problems.TokenMalformed, "The token is not whole: it is mistyped, truncated, or not a token of OpsDb.");
        string[] hashes = options.Previous is { } previous ? [options.Key.Hash(token), previous.Hash(token)] : [options.Key.Hash(token)];
        var known = await FindAsync(hashes, ct);
        if (known is null || !hashes.Any(h => AreEqual(known.TokenHash, h)))
            throw new TokenRefusedException(Problems.TokenUnknown, UnknownOrRevoked);
        var actor = new Actor(known.UserName, known.Id);
        if (known.RevokedAt is not null)
            throw new TokenRefusedException(Problems.TokenUnknown, UnknownOrRevoked, actor) { Reason = "token-revoked" };
        if (known.ExpiresAt <= time.GetUtcNow())
            throw new TokenRefusedException(Problems.TokenExpired, $"The token '{known.Name}' expired at {Instant.Format(known.ExpiresAt)}.", actor);
        return new(actor, known.Scopes);
    }

    private static bool AreEqual(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(one), Encoding.ASCII.GetBytes(other));

    private async Task<ApiToken?> FindAsync(string[] hashes, CancellationToken ct)
    {
        if (remembered.TryGetValue(hashes[0], out var entry) && time.GetElapsedTime(entry.At) < options.CacheTime)
            return entry.Token;
        var found = await tokens.FindByHashAsync(hashes, ct);
        if (remembered.Count >= MaxRemembered)
            remembered.Clear();
        // An unknown token is not remembered: it may be about to arrive by replication.
        if (found is not null)
            remembered[hashes[0]] = (found, time.GetTimestamp());
        return found;
    }
}
