using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OpsDb.Sessions;

/// <summary>Codes by time (RFC 6238): six digits of HMAC-SHA1, another one every 30 s, as all programs on telephones make them.</summary>
public static class Totp
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int SecretBytes = 20, Digits = 6, StepSeconds = 30;

    /// <summary>Steps before and after the present one whose code is taken: clocks differ, and typing takes time.</summary>
    private const int Tolerance = 1;

    /// <summary>For how long a code may come again.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(StepSeconds * (2 * Tolerance + 2));

    /// <summary>A new secret, in Base32.</summary>
    public static string CreateSecret() => RandomNumberGenerator.GetString(Base32, SecretBytes * 8 / 5);

    /// <summary>What a telephone reads from a picture.</summary>
    public static string Address(string secret, string user) =>
        $"otpauth://totp/OpsDb:{Uri.EscapeDataString(user)}?secret={secret}&issuer=OpsDb&algorithm=SHA1&digits={Digits}&period={StepSeconds}";

    /// <summary>The step whose code this is.</summary>
    /// <returns>Null when it is none of those that are taken now.</returns>
    public static long? StepOf(string code, string secret, DateTimeOffset now)
    {
        var present = now.ToUnixTimeSeconds() / StepSeconds;
        long? found = null;
        for (var step = present - Tolerance; step <= present + Tolerance; step++)
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(code), Encoding.ASCII.GetBytes(CodeAt(secret, step))))
                found = step;
        }
        return found;
    }

    /// <summary>The code of an instant.</summary>
    public static string CodeAt(string secret, DateTimeOffset at) => CodeAt(secret, at.ToUnixTimeSeconds() / StepSeconds);

    private static string CodeAt(string secret, long step)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        var hash = HMACSHA1.HashData(Bytes(secret), counter);
        var number = BinaryPrimitives.ReadUInt32BigEndian(hash.AsSpan(hash[^1] & 0x0F)) & 0x7FFF_FFFF;
        return (number % 1_000_000).ToString(CultureInfo.InvariantCulture).PadLeft(Digits, '0');
    }

    private static byte[] Bytes(string secret)
    {
        var (bytes, buffer, bits) = (new List<byte>(), 0, 0);
        foreach (var character in secret)
        {
            (buffer, bits) = ((buffer << 5 | Base32.IndexOf(character, StringComparison.Ordinal)) & 0xFFFF, bits + 5);
            if (bits < 8)
                continue;
            bits -= 8;
            bytes.Add((byte)(buffer >> bits));
        }
        return [.. bytes];
    }
}
