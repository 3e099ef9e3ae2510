using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using OpsDb.Kernel;

namespace OpsDb.Tokens;

/// <summary>The key under which tokens are hashed, the same at all sites of an installation.</summary>
/// <param name="Key">At least 32 bytes.</param>
/// <param name="CacheTime">How long a process may take to notice that a token was revoked.</param>
public sealed record TokenOptions(byte[] Key, TimeSpan CacheTime)
{
    public static TokenOptions Read(Settings settings)
    {
        var key = settings.Secret("API_TOKEN_KEY", "key under which tokens are hashed: at least 64 hexadecimal digits, the same at all sites",
            v => v.Length >= 64 && v.Length % 2 == 0 && v.All(char.IsAsciiHexDigit) ? null : "has at least 64 hexadecimal digits, and an even number of them");
        var cache = settings.Seconds("TOKEN_CACHE_TIME", 5, 0, 300, "how long a process may take to notice that a token was revoked");
        return new(settings.Mistakes.Any(m => m.StartsWith("API_TOKEN_KEY", StringComparison.Ordinal)) ? [] : Convert.FromHexString(key), cache);
    }
}

/// <summary>Checks tokens against the site's database, with a short memory so that not every request asks it.</summary>
internal sealed class TokenAuthenticator(IApiTokens tokens, TokenOptions options, TimeProvider time) : IAuthenticator
{
    private const int MostRemembered = 10_000;
    private const string UnknownOrRevoked = "The token is well formed, but it is not known here, or it was revoked.";

    private readonly ConcurrentDictionary<string, (ApiToken Token, long At)> remembered = new();

    public async Task<Principal> AuthenticateAsync(string token, CancellationToken ct)
    {
        if (!TokenText.IsWellFormed(token))
            throw new TokenRefusedException(Problems.TokenMalformed, "The token is not whole: it is mistyped, truncated, or not a token of OpsDb.");
        var hash = TokenText.Hash(token, options.Key);
        var known = await FindAsync(hash, ct);
        if (known is null || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(known.TokenHash), Encoding.ASCII.GetBytes(hash)))
            throw new TokenRefusedException(Problems.TokenUnknown, UnknownOrRevoked);
        if (known.RevokedAt is not null)
            throw new TokenRefusedException(Problems.TokenUnknown, UnknownOrRevoked, known.Id) { Reason = "token-revoked" };
        if (known.ExpiresAt <= time.GetUtcNow())
            throw new TokenRefusedException(Problems.TokenExpired, $"The token '{known.Name}' expired at {Instant.Format(known.ExpiresAt)}.", known.Id);
        return new(new(known.UserName, known.Id), known.Scopes);
    }

    private async Task<ApiToken?> FindAsync(string hash, CancellationToken ct)
    {
        if (remembered.TryGetValue(hash, out var entry) && time.GetElapsedTime(entry.At) < options.CacheTime)
            return entry.Token;
        var found = await tokens.FindByHashAsync(hash, ct);
        if (remembered.Count >= MostRemembered)
            remembered.Clear();
        // An unknown token is not remembered: it may be about to arrive by replication.
        if (found is not null)
            remembered[hash] = (found, time.GetTimestamp());
        return found;
    }
}
