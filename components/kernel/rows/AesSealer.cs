using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace OpsDb.Kernel;

/// <summary>A key of an installation, of 256 random bits.</summary>
/// <param name="Id">Tells keys apart; stored with what is sealed. Letters, digits, - and _.</param>
public sealed record SealingKey(string Id, byte[] Bytes)
{
    /// <summary>No key, whoever prints it.</summary>
    public override string ToString() => Id;
}

/// <summary>
/// AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits, which a key may be used with for 2^32 secrets. What it seals is of the
/// form <c>v1.key.nonce.ciphertext.tag</c>, the last three in base64url; the context is the associated data.
/// </summary>
/// <param name="current">Seals.</param>
/// <param name="earlier">Open what was sealed before.</param>
public sealed class AesSealer(SealingKey current, params IReadOnlyList<SealingKey> earlier) : ISealer
{
    private const int NonceBytes = 12, TagBytes = 16;

    public Sealed Seal(string plain, string context)
    {
        var (nonce, text, tag) = (RandomNumberGenerator.GetBytes(NonceBytes), Encoding.UTF8.GetBytes(plain), new byte[TagBytes]);
        var ciphertext = new byte[text.Length];
        using var aes = new AesGcm(current.Bytes, TagBytes);
        aes.Encrypt(nonce, text, ciphertext, tag, Encoding.UTF8.GetBytes(context));
        return Sealed.Of(current.Id, Base64Url.EncodeToString(nonce), Base64Url.EncodeToString(ciphertext), Base64Url.EncodeToString(tag));
    }

    public string Open(Sealed secret, string context)
    {
        var (id, nonce, ciphertext, tag) = secret.Read();
        var key = earlier.Prepend(current).FirstOrDefault(k => k.Id == id)
            ?? throw new CryptographicException($"There is no key {id}, with which this was sealed.");
        try
        {
            var sealedBytes = Base64Url.DecodeFromChars(ciphertext);
            var text = new byte[sealedBytes.Length];
            using var aes = new AesGcm(key.Bytes, TagBytes);
            aes.Decrypt(Base64Url.DecodeFromChars(nonce), sealedBytes, Base64Url.DecodeFromChars(tag), text, Encoding.UTF8.GetBytes(context));
            return Encoding.UTF8.GetString(text);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new CryptographicException("This was not sealed here, or it was changed.", e);
        }
    }
}
