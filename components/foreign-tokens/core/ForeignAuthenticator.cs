using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Users;

namespace OpsDb.ForeignTokens;

/// <summary>Recognises access tokens of the identity provider, and the users to whom their accounts are linked, from what the site itself has.</summary>
internal sealed class ForeignAuthenticator(
    ForeignTokenOptions options, JwtChecker jwts, Introspector introspector, IServiceScopeFactory scopes, TimeProvider time) : IForeignAuthenticator
{
    private const int MaxRemembered = 10_000;

    private readonly Remembered<Known> remembered = new(MaxRemembered, time);

    public async Task<Principal?> AuthenticateAsync(string token, CancellationToken ct)
    {
        var isJwt = JwtChecker.HasForm(token);
        if (options.Issuer.Length == 0 || !isJwt && options.Introspection is null)
            return null;
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        if (!remembered.IsFresh(key, out var known) || known is null)
        {
            var claims = isJwt ? await jwts.CheckAsync(token, ct) : await introspector.CheckAsync(token, key, ct);
            known = await FindAsync(claims, ct);
            var left = claims.End + options.ClockSkew - time.GetUtcNow();
            remembered.Keep(key, known, left < options.CacheTime ? left : options.CacheTime);
        }
        var actor = new Actor(known.Account.Name);
        if (known.Account.IsDisabled)
            throw new TokenRefusedException(Problems.TokenUnknown, "The user of the token has no access any more.", actor) { Reason = "user-disabled" };
        return new(actor, known.Scopes) { SeesAllPrograms = known.Account.SeesAllPrograms };
    }

    private async Task<Known> FindAsync(ForeignClaims claims, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<IForeignUsers>();
        var name = await users.FindAsync(options.Issuer, claims.Subject, ct) ?? await AdmitAsync(users, claims, ct);
        // Who is at main already may not be here yet.
        if (name is null || await scope.ServiceProvider.GetRequiredService<IAccounts>().FindAsync(name, ct) is not { } account)
        {
            throw new TokenRefusedException(ForeignTokenProblems.AccountUnknown,
                $"The account {claims.Subject} of {options.Issuer} belongs to no user here. An administrator links it by POST /api/v1/user-identities.");
        }
        return new(account, claims.Scopes is { } some ? Permission.Common(some, account.Permissions) : account.Permissions);
    }

    private async Task<string?> AdmitAsync(IForeignUsers users, ForeignClaims claims, CancellationToken ct)
    {
        if (!options.Admit)
            return null;
        try
        {
            return await users.AdmitAsync(new(options.Issuer, claims.Subject, claims.Name ?? claims.Subject)
            {
                DisplayName = claims.DisplayName,
                Email = claims.Email,
            }, ct);
        }
        catch (RefusalException e)
        {
            throw new TokenRefusedException(e.Problem, e.Message);
        }
    }

    private sealed record Known(Account Account, IReadOnlyList<string> Scopes);
}
