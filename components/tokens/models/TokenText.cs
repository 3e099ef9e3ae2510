using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OpsDb.Kernel;

namespace OpsDb.Tokens;

/// <summary>
/// The text of a token: <c>opsdb_pat_</c>, <c>opsdb_svc_</c> or <c>opsdb_site_</c>, 30 random base62 characters (178 bits),
/// and 6 base62 characters that hold the CRC-32 (ISO-HDLC) of all before them. A mistyped or truncated token is told
/// apart from an unknown one without asking anything, and secret scanners can recognise it.
/// </summary>
public static partial class TokenText
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string Prefix = "opsdb_";
    private const int RandomLength = 30;
    private const int ChecksumLength = 6;

    public static string Create(TokenKind kind)
    {
        var head = $"{Prefix}{EnumText.Of(kind)}_{RandomNumberGenerator.GetString(Base62, RandomLength)}";
        return head + Checksum(head);
    }

    /// <summary>Whether whoever sends the text takes it for a token of OpsDb.</summary>
    public static bool IsOurs(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether the text can be a token at all: its form and its checksum are right.</summary>
    public static bool IsWellFormed(string text) => Form().IsMatch(text) && Checksum(text[..^ChecksumLength]) == text[^ChecksumLength..];

    private static string Checksum(string head)
    {
        var crc = Crc32.HashToUInt32(Encoding.ASCII.GetBytes(head));
        var text = new char[ChecksumLength];
        for (var i = ChecksumLength - 1; i >= 0; i--, crc /= 62)
            text[i] = Base62[(int)(crc % 62)];
        return new(text);
    }

    [GeneratedRegex(@"^opsdb_(pat|svc|site)_[0-9A-Za-z]{36}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
