using System.Buffers.Text;
using System.Security.Cryptography;

namespace OpsDb.Sessions;

/// <summary>
/// What the cookie of a session says: which session it is, and 256 random bits that nobody else has. In base64url: 16 bytes of the id, 32 of
/// the secret.
/// </summary>
public sealed record SessionSecret
{
    private const int IdBytes = 16, SecretBytes = 32;

    private SessionSecret(Guid session, string text) => (Session, Text) = (session, text);

    public Guid Session { get; }

    /// <summary>All of it, for the browser alone.</summary>
    internal string Text { get; }

    public static SessionSecret Create(Guid session) =>
        new(session, Base64Url.EncodeToString([.. session.ToByteArray(bigEndian: true), .. RandomNumberGenerator.GetBytes(SecretBytes)]));

    /// <returns>Null when the text has another form.</returns>
    public static SessionSecret? Parse(string text) =>
        text.Length == Base64Url.GetEncodedLength(IdBytes + SecretBytes) && Base64Url.IsValid(text)
            ? new(new Guid(Base64Url.DecodeFromChars(text).AsSpan(0, IdBytes), bigEndian: true), text)
            : null;

    /// <summary>No secret, whoever prints it.</summary>
    public override string ToString() => $"{Session}";
}
