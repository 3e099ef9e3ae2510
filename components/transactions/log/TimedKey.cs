using System.Globalization;
using System.Text.RegularExpressions;

namespace OpsDb.Transactions;

/// <summary>
/// An idempotency key that is a UUIDv7 (RFC 9562) in its canonical form tells when it was made. Where the log has noted the newest
/// key that ever left it, a newer one is in the log or nowhere.
/// </summary>
internal static partial class TimedKey
{
    /// <summary>The same keys for PostgreSQL.</summary>
    public const string Pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

    /// <summary>Milliseconds since 1970, its first 48 bits; null for a key of any other form.</summary>
    public static long? Milliseconds(string? key) => key is { Length: 36 } && Form().IsMatch(key)
        ? long.Parse($"{key.AsSpan(0, 8)}{key.AsSpan(9, 4)}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : null;

    [GeneratedRegex(@"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
