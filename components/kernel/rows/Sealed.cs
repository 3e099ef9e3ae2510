namespace OpsDb.Kernel;

/// <summary>
/// A secret as it is kept: only an <see cref="ISealer"/> makes one of a text and reads it again, so that no text comes into a column of
/// this type, into the log or into an answer by mistake.
/// </summary>
public sealed record Sealed
{
    private const string Version = "v1";
    private const int Parts = 5;

    /// <summary>The version of this form, the name of the key, nonce, ciphertext and tag.</summary>
    private Sealed(string text) => Text = text;

    internal string Text { get; }

    /// <summary>Nothing of it.</summary>
    public override string ToString() => "sealed";

    internal static Sealed Of(string key, string nonce, string ciphertext, string tag) => new(string.Join('.', Version, key, nonce, ciphertext, tag));

    /// <returns>Null when the text has another form: then it is not sealed.</returns>
    internal static Sealed? Find(string text) => text.Split('.') is [Version, ..] and { Length: Parts } parts && parts[1..].All(IsPart) ? new(text) : null;

    /// <summary>The name of the key, nonce, ciphertext and tag.</summary>
    internal (string Key, string Nonce, string Ciphertext, string Tag) Read() => Text.Split('.') is [_, var key, var nonce, var ciphertext, var tag]
        ? (key, nonce, ciphertext, tag)
        : throw new InvalidOperationException("This is not sealed.");

    private static bool IsPart(string part) => part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}

/// <summary>Seals secrets that have to be read again, such as the one that a message to another system is signed with.</summary>
public interface ISealer
{
    /// <param name="context">Where it is kept, such as table, column and key: it opens nowhere else.</param>
    Sealed Seal(string plain, string context);

    /// <param name="context">The one that it was sealed with.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// It was sealed elsewhere or by a key that is not here, or it was changed.
    /// </exception>
    string Open(Sealed secret, string context);
}
