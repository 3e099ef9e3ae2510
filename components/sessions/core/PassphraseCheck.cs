using System.Net;
using OpsDb.Kernel;
using OpsDb.Users;

namespace OpsDb.Sessions;

/// <summary>
/// Checks who somebody is, by what the site itself has. A name that nobody bears takes the same work and gets the same answer as a wrong
/// passphrase.
/// </summary>
internal sealed class PassphraseCheck(IAccounts accounts, IReader<LocalCredential, int> credentials, SignInThrottle throttle, HashingTurns turns,
    TotpCodes codes, ICommands commands, Site site)
{
    /// <summary>The user whose name, passphrase and code these are.</summary>
    /// <param name="code">Asked of users who have codes.</param>
    /// <exception cref="TokenRefusedException">sign-in-refused, totp-needed, sign-in-throttled.</exception>
    /// <exception cref="OutageException">sign-in-busy, or what the site has cannot be read.</exception>
    public async Task<Account> RequireAsync(string name, string passphrase, string? code, IPAddress? address, CancellationToken ct)
    {
        var (account, kept) = await CheckAsync(name, passphrase, address, ct);
        var renewed = kept;
        if (kept is { TotpConfirmedAt: not null, TotpSecret: { } secret })
            renewed = kept with { TotpSecret = await RequireCodeAsync(account, secret, code, address, ct) };
        await throttle.ForgiveAsync(account.Name, address, ct);
        if (PassphraseHash.Parse(kept.PassphraseHash) is { IsWeak: true })
            renewed = renewed with { PassphraseHash = (await turns.RunAsync(() => PassphraseHash.Of(passphrase), ct)).ToString() };
        if (renewed != kept && site.Type == SiteType.Main)
            await commands.SubmitAsync(new RenewCredential(renewed), new(Actor.System), ct);
        return account;
    }

    /// <summary>The same without a code, of somebody who has signed in.</summary>
    /// <exception cref="TokenRefusedException">sign-in-refused, sign-in-throttled.</exception>
    /// <exception cref="OutageException">sign-in-busy, or what the site has cannot be read.</exception>
    public async Task RequirePassphraseAsync(string name, string passphrase, IPAddress? address, CancellationToken ct)
    {
        await CheckAsync(name, passphrase, address, ct);
        await throttle.ForgiveAsync(name, address, ct);
    }

    /// <summary>An attempt, which counts until it is forgiven.</summary>
    private async Task<(Account Account, LocalCredential Credential)> CheckAsync(string name, string passphrase, IPAddress? address, CancellationToken ct)
    {
        var account = AccessRules.IsUserName(name) ? await accounts.FindAsync(name, ct) : null;
        var actor = account is null ? null : new Actor(account.Name);
        var wait = await throttle.ChargeAsync(account?.Name ?? "", address, ct);
        if (wait > TimeSpan.Zero)
        {
            throw new TokenRefusedException(SessionProblems.SignInThrottled, "Too many attempts have failed; wait before the next one.", actor)
            {
                RetryAfter = wait,
            };
        }
        var credential = account is null ? null : await credentials.FindAsync(account.Id, ct);
        var hash = PassphraseHash.Parse(credential?.PassphraseHash ?? "") ?? PassphraseHash.OfNobody;
        var isRight = await turns.RunAsync(() => hash.Matches(passphrase), ct);
        if (!isRight || account is null || credential is null)
            throw Refused("passphrase-wrong", actor);
        return account.IsDisabled ? throw Refused("user-disabled", actor) : (account, credential);
    }

    /// <returns>The secret, sealed by the present key.</returns>
    private async Task<Sealed> RequireCodeAsync(Account account, Sealed secret, string? code, IPAddress? address, CancellationToken ct)
    {
        var actor = new Actor(account.Name);
        if (code is null)
        {
            await throttle.TakeBackAsync(account.Name, address, ct);
            throw new TokenRefusedException(SessionProblems.TotpNeeded, $"{account.Name} signs in with a code besides the passphrase.", actor);
        }
        if (codes.Open(account.Id, secret) is not var (opened, isStale))
            throw Refused("totp-key-gone", actor);
        if (!await codes.TakeAsync(account.Id, opened, code, ct))
            throw Refused("totp-wrong", actor);
        return isStale ? codes.Seal(account.Id, opened) : secret;
    }

    private static TokenRefusedException Refused(string reason, Actor? actor) =>
        new(SessionProblems.SignInRefused, "Name, passphrase or code are not right, or the user has no access.", actor) { Reason = reason };
}
