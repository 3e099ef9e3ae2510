using System.Net;
using OpsDb.Kernel;
using OpsDb.Tokens;

namespace OpsDb.Sessions;

/// <summary>Where a sign-in comes from.</summary>
/// <param name="Address">Of the caller; null where it is not known.</param>
/// <param name="UserAgent">What the browser says that it is.</param>
/// <param name="Cookie">That of a session which the browser has already.</param>
public sealed record SignInOrigin(IPAddress? Address, string? UserAgent, string? Cookie);

/// <summary>A session that has just begun, with the secret that its cookie is to hold, which is kept nowhere.</summary>
public sealed record OpenedSession(UserSession Session, string Cookie);

/// <summary>Begins sessions.</summary>
public interface ISignIn
{
    /// <summary>By name and passphrase, and the code where the user has them.</summary>
    /// <exception cref="TokenRefusedException">sign-in-refused, totp-needed, sign-in-throttled.</exception>
    /// <exception cref="OutageException">sign-in-busy, and what the site cannot store now.</exception>
    Task<OpenedSession> ByPassphraseAsync(string name, string passphrase, string? totp, SignInOrigin origin, CancellationToken ct);

    /// <summary>Of a user whom somebody else vouches for.</summary>
    Task<OpenedSession> ByOthersAsync(string user, SignInMethod method, SignInOrigin origin, CancellationToken ct);
}

internal sealed class SignIn(
    PassphraseCheck passphrases, SessionAuthenticator sessions, ICommands commands, TokenOptions tokens, SessionOptions options, TimeProvider time) : ISignIn
{
    public async Task<OpenedSession> ByPassphraseAsync(string name, string passphrase, string? totp, SignInOrigin origin, CancellationToken ct)
    {
        var user = await passphrases.RequireAsync(name, passphrase, totp, origin.Address, ct);
        return await ByOthersAsync(user.Name, SignInMethod.Local, origin, ct);
    }

    public async Task<OpenedSession> ByOthersAsync(string user, SignInMethod method, SignInOrigin origin, CancellationToken ct)
    {
        var (address, secret) = (origin.Address?.ToString(), SessionSecret.Create(Guid.CreateVersion7(time.GetUtcNow())));
        var open = new OpenSession(secret.Session, user, tokens.Key.Hash(secret.Text), method, address, Shown(origin.UserAgent), options.Lifetime,
            await sessions.SessionOfAsync(origin.Cookie, ct));
        var receipt = await commands.SubmitAsync(open, new(new(user, secret.Session)) { Address = address }, ct);
        return new(receipt.Result, secret.Text);
    }

    private static string? Shown(string? agent)
    {
        var text = string.Concat((agent ?? "").Where(c => c is >= ' ' and <= '~').Take(UserSession.MaxUserAgent));
        return text.Length == 0 ? null : text;
    }
}
