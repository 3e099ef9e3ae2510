using System.Security.Cryptography;
using OpsDb.Kernel;
using OpsDb.Tokens;

namespace OpsDb.Sessions;

/// <summary>Keeps what codes are made of, sealed under a key that follows from the installation's, and takes each code once.</summary>
internal sealed class TotpCodes(TokenOptions options, ISiteMemory memory, TimeProvider time)
{
    private const string Purpose = "totp";

    private readonly AesSealer present = new(options.Key.Derive(Purpose));
    private readonly AesSealer? previous = options.Previous is { } key ? new(key.Derive(Purpose)) : null;
    private readonly ProcessMemory own = new(time);

    public Sealed Seal(int user, string secret) => present.Seal(secret, LocalCredential.TotpContext(user));

    /// <returns>The secret, and whether it has to be sealed anew because the key before the present one has sealed it; null when neither has.</returns>
    public (string Secret, bool IsStale)? Open(int user, Sealed secret) =>
        Open(present, user, secret) is { } text ? (text, false) : previous is not null && Open(previous, user, secret) is { } old ? (old, true) : null;

    /// <summary>
    /// Whether it is a code of now that nobody has shown at this site before; while what the site remembers cannot be reached, to this process.
    /// </summary>
    public async Task<bool> TakeAsync(int user, string secret, string code, CancellationToken ct)
    {
        if (Totp.StepOf(code, secret, time.GetUtcNow()) is not { } step)
            return false;
        var name = FormattableString.Invariant($"totp:{user}:{step}");
        try
        {
            return await memory.ReplaceAsync(name, null, "taken", Totp.Life, ct);
        }
        catch (OutageException)
        {
            return await own.ReplaceAsync(name, null, "taken", Totp.Life, ct);
        }
    }

    private static string? Open(AesSealer sealer, int user, Sealed secret)
    {
        try
        {
            return sealer.Open(secret, LocalCredential.TotpContext(user));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
