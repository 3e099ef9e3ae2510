using System.Security.Cryptography;
using System.Text;

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
