using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Tokens;
using OpsDb.Users;

namespace OpsDb.Sessions;

/// <summary>The sessions that the site's own database has.</summary>
public interface ISessionRows
{
    /// <summary>Nothing beyond the site is asked unless its database is down.</summary>
    Task<UserSession?> FindAsync(Guid id, CancellationToken ct);
}

/// <summary>
/// Checks sessions against what the site itself has: its log over its database, as of tokens, with the same short memory. What a session
/// permits is what the roles of its user do.
/// </summary>
internal sealed class SessionAuthenticator(
    ISessionRows rows, IServiceScopeFactory scopes, Site site, TokenOptions tokens, SessionActivity activity, TimeProvider time) : ISessions
{
    /// <summary>What everybody may do who has signed in, whatever their roles.</summary>
    private static readonly string[] Always = [UserSession.OwnAccount, "read:me"];

    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<Guid, (Known Known, long At)> remembered = new();

    public async Task<Principal> AuthenticateAsync(string cookie, CancellationToken ct)
    {
        if (await FindAsync(cookie, ct) is not { } known)
            throw Over("session-unknown", null);
        var (session, account) = known;
        var actor = new Actor(session.UserName, session.Id);
        if (session.EndedAt is not null)
            throw Over("session-ended", actor);
        if (account is not { IsDisabled: false })
            throw Over("user-disabled", actor);
        if (session.ExpiresAt <= time.GetUtcNow())
            throw Over("session-expired", actor);
        if (!await activity.TouchAsync(session, ct))
            throw Over("session-idle", actor);
        return new(actor, [.. account.Permissions.Concat(Always).Distinct()]) { Session = session.Id, SeesAllPrograms = account.SeesAllPrograms };
    }

    public string CsrfTokenOf(Guid session) => tokens.Key.Hash($"csrf {session}");

    /// <summary>The session whose secret a cookie has, whatever has become of it.</summary>
    public async Task<Guid?> SessionOfAsync(string? cookie, CancellationToken ct) =>
        cookie is not null && await FindAsync(cookie, ct) is { } known ? known.Session.Id : null;

    private static TokenRefusedException Over(string reason, Actor? actor) =>
        new(SessionProblems.SessionOver, "The session is over, or not known here; sign in again.", actor) { Reason = reason };

    private async Task<Known?> FindAsync(string cookie, CancellationToken ct) =>
        SessionSecret.Parse(cookie) is { } secret && await FindAsync(secret.Session, ct) is { } known
            && tokens.HashesOf(secret.Text).Any(h => TokenKey.AreEqual(known.Session.SecretHash, h)) ? known : null;

    private async Task<Known?> FindAsync(Guid id, CancellationToken ct)
    {
        if (remembered.TryGetValue(id, out var entry) && time.GetElapsedTime(entry.At) < tokens.CacheTime)
            return entry.Known;
        await using var scope = scopes.CreateAsyncScope();
        if (await HereAsync(scope.ServiceProvider, id, entry.Known?.Session, ct) is not { } session)
            return null;
        var known = new Known(session, await scope.ServiceProvider.GetRequiredService<IAccounts>().FindAsync(session.UserName, ct));
        if (remembered.Count >= MaxRemembered)
            remembered.Clear();
        // An unknown session is not remembered: it may be about to arrive by replication.
        remembered[id] = (known, time.GetTimestamp());
        return known;
    }

    /// <summary>
    /// The session as the site has it: what began or ended here a moment ago is in the site's log alone. While that cannot be read, what the
    /// database has must do, and what this process knows.
    /// </summary>
    private async Task<UserSession?> HereAsync(IServiceProvider services, Guid id, UserSession? before, CancellationToken ct)
    {
        try
        {
            if (site.Buffering)
                return await services.GetRequiredService<IReader<UserSession, Guid>>().FindAsync(id, ct);
        }
        catch (OutageException)
        {
            return before is { EndedAt: not null } ? before : await rows.FindAsync(id, ct) ?? before;
        }
        return await rows.FindAsync(id, ct);
    }

    private sealed record Known(UserSession Session, Account? Account);
}
