using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using NSec.Cryptography;
using OpsDb.Kernel;

namespace OpsDb.Sessions;

/// <summary>
/// A passphrase as it is kept: Argon2id (RFC 9106) with a salt of 128 random bits, in the PHC form
/// <c>$argon2id$v=19$m=19456,t=2,p=1$salt$hash</c>, both in base64 without padding.
/// </summary>
/// <param name="Memory">In KiB.</param>
/// <param name="Passes">Over the memory.</param>
public sealed partial record PassphraseHash(int Memory, int Passes, byte[] Salt, byte[] Hash)
{
    /// <summary>What OWASP's Password Storage Cheat Sheet asks for at least: 19 MiB, two passes, one lane.</summary>
    public const int PresentMemory = 19456, PresentPasses = 2;

    private const int SaltBytes = 16, HashBytes = 32, MostMemory = 1 << 20, MostPasses = 100;

    /// <summary>A hash that no passphrase has, which takes as long to check as any other.</summary>
    public static PassphraseHash OfNobody { get; } =
        new(PresentMemory, PresentPasses, RandomNumberGenerator.GetBytes(SaltBytes), RandomNumberGenerator.GetBytes(HashBytes));

    /// <summary>Whether it takes less to guess than what is made now.</summary>
    public bool IsWeak => Memory < PresentMemory || Memory == PresentMemory && Passes < PresentPasses;

    public static PassphraseHash Of(string passphrase)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new(PresentMemory, PresentPasses, salt, Derive(passphrase, PresentMemory, PresentPasses, salt, HashBytes));
    }

    /// <returns>Null when the text has another form.</returns>
    public static PassphraseHash? Parse(string text)
    {
        if (Form().Match(text) is not { Success: true, Groups: var groups })
            return null;
        int Number(int group) => int.Parse(groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        var (memory, passes) = (Number(1), Number(2));
        return memory is >= 8 and <= MostMemory && passes is >= 1 and <= MostPasses
            ? new(memory, passes, Convert.FromBase64String($"{groups[3].Value}=="), Convert.FromBase64String($"{groups[4].Value}="))
            : null;
    }

    /// <summary>Whether it is the hash of this passphrase. Takes tens of milliseconds and the memory that it says.</summary>
    public bool Matches(string passphrase) => CryptographicOperations.FixedTimeEquals(Hash, Derive(passphrase, Memory, Passes, Salt, Hash.Length));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"$argon2id$v=19$m={Memory},t={Passes},p=1${Convert.ToBase64String(Salt).TrimEnd('=')}${Convert.ToBase64String(Hash).TrimEnd('=')}");

    /// <summary>Keyboards write the same letter in different ways; all of them mean the same passphrase.</summary>
    private static byte[] Derive(string passphrase, int memory, int passes, byte[] salt, int count) =>
        PasswordBasedKeyDerivationAlgorithm.Argon2id(new Argon2Parameters { DegreeOfParallelism = 1, MemorySize = memory, NumberOfPasses = passes })
            .DeriveBytes(Encoding.UTF8.GetBytes(UnicodeText.Normalized(passphrase)), salt, count);

    // 16 bytes are 22 characters and 32 are 43.
    [GeneratedRegex(@"^\$argon2id\$v=19\$m=([0-9]{1,7}),t=([0-9]{1,3}),p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
