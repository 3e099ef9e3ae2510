using System.Net;
using OpsDb.Kernel;
using OpsDb.Users;

namespace OpsDb.Sessions;

/// <summary>What an administrator does with passphrases by the names of users, as <c>system</c>.</summary>
public interface IUserPassphrases
{
    /// <exception cref="RefusalException">not-found: there is no such user; invalid-fields: the passphrase is none that can be taken.</exception>
    Task SetAsync(string name, string passphrase, CancellationToken ct);
}

/// <summary>The passphrases and codes of users. All changes of them are decided at main.</summary>
public interface ICredentials
{
    /// <summary>Sets a passphrase.</summary>
    /// <param name="keeps">The session that goes on.</param>
    /// <exception cref="RefusalException">invalid-fields: it is none that can be taken.</exception>
    Task<LocalCredential> SetPassphraseAsync(Account account, string passphrase, Guid? keeps, Submission submission, CancellationToken ct);

    /// <summary>Whoever knows it is the user, even if somebody else sits before an open session.</summary>
    /// <exception cref="TokenRefusedException">sign-in-refused, sign-in-throttled.</exception>
    Task RequireAsync(Account account, string passphrase, IPAddress? address, CancellationToken ct);

    /// <summary>Makes a secret for codes.</summary>
    /// <returns>The address that a telephone reads, which has the secret.</returns>
    /// <exception cref="RefusalException">state-conflict: there are codes already.</exception>
    Task<string> BeginTotpAsync(Account account, Submission submission, CancellationToken ct);

    /// <summary>Asks for codes from now on.</summary>
    /// <exception cref="RefusalException">state-conflict: there is no secret; invalid-fields: it is not its code.</exception>
    Task<LocalCredential> ConfirmTotpAsync(Account account, string code, Submission submission, CancellationToken ct);

    /// <exception cref="RefusalException">not-found: the user has no passphrase here.</exception>
    Task<LocalCredential> RemoveTotpAsync(Account account, Submission submission, CancellationToken ct);
}

internal sealed class Credentials(
    IReader<LocalCredential, int> credentials, IAccounts accounts, PassphraseCheck check, HashingTurns turns, TotpCodes codes, ICommands commands)
    : ICredentials, IUserPassphrases
{
    public async Task SetAsync(string name, string passphrase, CancellationToken ct)
    {
        var account = await accounts.FindAsync(name, ct)
            ?? throw new RefusalException(Problems.NotFound, $"There is no user '{name}'; users list shows all.");
        await SetPassphraseAsync(account, passphrase, null, new(Actor.System), ct);
    }

    public async Task<LocalCredential> SetPassphraseAsync(Account account, string passphrase, Guid? keeps, Submission submission, CancellationToken ct)
    {
        if (Passphrases.Fault(passphrase, account.Name) is { } fault)
            throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]> { ["passphrase"] = [fault] });
        var hash = await turns.RunAsync(() => PassphraseHash.Of(passphrase), ct);
        return (await commands.SubmitAsync(new SetPassphrase(account.Id, account.Name, hash.ToString(), keeps), submission, ct)).Result;
    }

    public Task RequireAsync(Account account, string passphrase, IPAddress? address, CancellationToken ct) =>
        check.RequirePassphraseAsync(account.Name, passphrase, address, ct);

    public async Task<string> BeginTotpAsync(Account account, Submission submission, CancellationToken ct)
    {
        var secret = Totp.CreateSecret();
        await commands.SubmitAsync(new BeginTotp(account.Id, codes.Seal(account.Id, secret)), submission, ct);
        return Totp.Address(secret, account.Name);
    }

    public async Task<LocalCredential> ConfirmTotpAsync(Account account, string code, Submission submission, CancellationToken ct)
    {
        var credential = await credentials.FindAsync(account.Id, ct);
        if (credential?.TotpSecret is not { } kept || codes.Open(account.Id, kept) is not var (secret, _))
            throw new RefusalException(Problems.StateConflict, "There is no secret whose code could be shown; begin by asking for one.");
        if (!await codes.TakeAsync(account.Id, secret, code, ct))
        {
            throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]>
            {
                ["code"] = ["is not the one that the telephone shows now, or was shown before; is its clock right?"],
            });
        }
        return (await commands.SubmitAsync(new ConfirmTotp(account.Id), submission, ct)).Result;
    }

    public async Task<LocalCredential> RemoveTotpAsync(Account account, Submission submission, CancellationToken ct) =>
        (await commands.SubmitAsync(new RemoveTotp(account.Id), submission, ct)).Result;
}
