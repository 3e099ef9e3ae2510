using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Users;

namespace OpsDb.Tokens;

/// <summary>The keys under which tokens are hashed, the same at all sites of an installation.</summary>
/// <param name="Key">Of new tokens.</param>
/// <param name="CacheTime">How long a process may take to notice that a token was revoked.</param>
public sealed record TokenOptions(TokenKey Key, TimeSpan CacheTime)
{
    /// <summary>How often it is written how tokens were used.</summary>
    public TimeSpan UseInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the tokens live that programs get by the device flow.</summary>
    public TimeSpan DeviceLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>A key of before, whose tokens are still accepted; null when there is none.</summary>
    public TokenKey? Previous { get; init; }

    /// <summary>What a text may be kept as: under the key and, where there is one, under the one before.</summary>
    public IReadOnlyList<string> HashesOf(string text) => Previous is { } previous ? [Key.Hash(text), previous.Hash(text)] : [Key.Hash(text)];

    public static TokenOptions Read(Settings settings)
    {
        var key = settings.Secret("API_TOKEN_KEY", "key under which tokens are hashed: at least 64 random hexadecimal digits, the same at all sites",
            TokenKey.WhyNot);
        var previous = settings.OptionalSecret("API_TOKEN_KEY_PREVIOUS",
            "the key before that one, while tokens that rest on it are still accepted; tokens list tells which do",
            v => TokenKey.WhyNot(v) ?? (v.Equals(key, StringComparison.OrdinalIgnoreCase) ? "is the key before API_TOKEN_KEY, not the same one" : null));
        return new(Parse(key) ?? new([]), settings.Seconds("TOKEN_CACHE_TIME", 5, 0, 300,
            "how long a process may take to notice that a token was revoked"))
        {
            Previous = Parse(previous),
            DeviceLifetime = settings.Seconds("DEVICE_TOKEN_LIFETIME", 2_592_000, 60, 31_536_000,
                "how long the tokens live that programs get by the device flow"),
            UseInterval = settings.Seconds("TOKEN_USE_INTERVAL", 60, 1, 3600, "how often it is written when tokens were used"),
        };

        static TokenKey? Parse(string text) => TokenKey.WhyNot(text) is null ? TokenKey.Parse(text) : null;
    }
}

/// <summary>Checks tokens against what the site itself has, with a short memory so that not every request asks it.</summary>
internal sealed class TokenAuthenticator(
    IApiTokens tokens, IServiceScopeFactory scopes, Site site, TokenOptions options, TokenUseCounter uses, TimeProvider time,
    IForeignAuthenticator? foreign = null) : IAuthenticator
{
    private const int MaxRemembered = 10_000;
    private const string NoAccess = "The token is well formed, but it is not known here, or it was revoked, or its user has no access any more.";

    private readonly Remembered<Known> remembered = new(MaxRemembered, time);

    public async Task<Principal> AuthenticateAsync(string token, IPAddress? address, CancellationToken ct)
    {
        if (foreign is not null && !TokenText.IsOurs(token) && await foreign.AuthenticateAsync(token, ct) is { } elsewhere)
            return elsewhere;
        if (!TokenText.IsWellFormed(token))
            throw new TokenRefusedException(Problems.TokenMalformed, "The token is not whole: it is mistyped, truncated, or not a token of OpsDb.");
        var hashes = options.HashesOf(token);
        if (await FindAsync(hashes, ct) is not { } known || !hashes.Any(h => TokenKey.AreEqual(known.Token.TokenHash, h)))
            throw new TokenRefusedException(Problems.TokenUnknown, NoAccess);
        var (actor, name) = (new Actor(known.Token.UserName, known.Token.Id), known.Token.Name);
        if (known.Token.RevokedAt is not null)
            throw new TokenRefusedException(Problems.TokenUnknown, NoAccess, actor) { Reason = "token-revoked" };
        if (known.Account is not { IsDisabled: false })
            throw new TokenRefusedException(Problems.TokenUnknown, NoAccess, actor) { Reason = "user-disabled" };
        if (known.Token.ExpiresAt <= time.GetUtcNow())
            throw new TokenRefusedException(Problems.TokenExpired, $"The token '{name}' expired at {Instant.Format(known.Token.ExpiresAt)}.", actor);
        if (known.Networks is { } networks && (address is null || !networks.Any(n => n.Contains(address))))
            throw new TokenRefusedException(Problems.AddressNotAllowed, $"The token '{name}' is not accepted from {address}.", actor);
        uses.Note(known.Token.Id, address);
        return new(actor, known.Scopes) { SeesAllPrograms = known.Account.SeesAllPrograms };
    }

    private async Task<Known?> FindAsync(IReadOnlyList<string> hashes, CancellationToken ct)
    {
        if (remembered.IsFresh(hashes[0], out var before))
            return before;
        if (await tokens.FindByHashAsync(hashes, ct) is not { } token)
            return null;
        await using var scope = scopes.CreateAsyncScope();
        token = await HereAsync(scope.ServiceProvider, token, before?.Token, ct);
        var account = await scope.ServiceProvider.GetRequiredService<IAccounts>().FindAsync(token.UserName, ct);
        var known = new Known(token, account, account is null ? [] : Permission.Common(token.Scopes, account.Permissions),
            token.AllowedNetworks?.Select(n => IPNetwork.Parse(n)).ToList());
        // An unknown token is not remembered: it may be about to arrive by replication.
        return remembered.Keep(hashes[0], known, options.CacheTime);
    }

    /// <summary>
    /// The token as the site has it: what was revoked here a moment ago is so in the site's log alone. While that cannot be read, what the
    /// database has must do, and what this process knows to be over stays so.
    /// </summary>
    private async Task<ApiToken> HereAsync(IServiceProvider services, ApiToken stored, ApiToken? before, CancellationToken ct)
    {
        try
        {
            return site.Buffering && await services.GetRequiredService<IReader<ApiToken, Guid>>().FindAsync(stored.Id, ct) is { } here ? here : stored;
        }
        catch (OutageException)
        {
            return before is { RevokedAt: not null } ? before : stored;
        }
    }

    private sealed record Known(ApiToken Token, Account? Account, IReadOnlyList<string> Scopes, IReadOnlyList<IPNetwork>? Networks);
}
