using System.Security.Cryptography;
using System.Text;
using OpsDb.Kernel;

namespace OpsDb.Tokens;

/// <summary>The key of an installation under which its tokens are hashed.</summary>
public sealed class TokenKey(byte[] bytes)
{
    private const int IdLength = 8, FewestBytes = 32, FewestDifferent = 16;

    private static readonly byte[] IdText = "opsdb token key"u8.ToArray();

    /// <summary>Tells keys apart and betrays nothing of them; stored with each token.</summary>
    public string Id { get; } = Convert.ToHexStringLower(HMACSHA256.HashData(bytes, IdText))[..IdLength];

    /// <param name="hexadecimal">As in the settings.</param>
    public static TokenKey Parse(string hexadecimal) => new(Convert.FromHexString(hexadecimal));

    /// <summary>What is stored of a token: HMAC-SHA256, hexadecimal.</summary>
    public string Hash(string token) => Convert.ToHexStringLower(HMACSHA256.HashData(bytes, Encoding.UTF8.GetBytes(token)));

    /// <summary>Whether two hashes are the same, in a time that does not tell where they differ.</summary>
    public static bool AreEqual(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(one), Encoding.ASCII.GetBytes(other));

    /// <summary>A key of 256 bits for something else, from which neither this one nor another follows (HKDF, RFC 5869).</summary>
    public SealingKey Derive(string purpose) =>
        new(Id, HKDF.DeriveKey(HashAlgorithmName.SHA256, bytes, FewestBytes, info: Encoding.UTF8.GetBytes($"opsdb {purpose}")));

    /// <summary>Why a text is no key; null when it is one. A random key has hardly a byte twice.</summary>
    public static string? WhyNot(string hexadecimal)
    {
        if (hexadecimal.Length < 2 * FewestBytes || hexadecimal.Length % 2 != 0 || !hexadecimal.All(char.IsAsciiHexDigit))
            return $"has at least {2 * FewestBytes} hexadecimal digits, and an even number of them";
        return Convert.FromHexString(hexadecimal).Distinct().Count() < FewestDifferent
            ? "can be guessed: make one at random, by openssl rand -hex 32"
            : null;
    }

    /// <summary>No key, whoever prints it.</summary>
    public override string ToString() => Id;
}
