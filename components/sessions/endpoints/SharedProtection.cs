using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using OpsDb.Tokens;

namespace OpsDb.Sessions.Endpoints;

/// <summary>
/// Protects what a browser keeps while its user is at a provider, under a key that follows from the installation's: each process of a site can
/// finish a sign-in that another has begun, and nothing is kept on a disk. AES-256-GCM with a random nonce, which stands before the ciphertext.
/// </summary>
internal sealed class SharedProtection(TokenOptions options, string purpose = "sign-in") : IDataProtector
{
    private const int NonceBytes = 12, TagBytes = 16;

    public IDataProtector CreateProtector(string inner) => new SharedProtection(options, $"{purpose}/{inner}");

    public byte[] Protect(byte[] plaintext)
    {
        var (nonce, tag, ciphertext) = (RandomNumberGenerator.GetBytes(NonceBytes), new byte[TagBytes], new byte[plaintext.Length]);
        using var aes = new AesGcm(options.Key.Derive(purpose).Bytes, TagBytes);
        aes.Encrypt(nonce, plaintext, ciphertext, tag);
        return [.. nonce, .. tag, .. ciphertext];
    }

    public byte[] Unprotect(byte[] protectedData)
    {
        if (protectedData.Length < NonceBytes + TagBytes)
            throw new CryptographicException("This was not protected here.");
        try
        {
            return Unprotect(options.Key, protectedData);
        }
        catch (CryptographicException) when (options.Previous is not null)
        {
            return Unprotect(options.Previous, protectedData);
        }
    }

    private byte[] Unprotect(TokenKey key, ReadOnlySpan<byte> data)
    {
        var plaintext = new byte[data.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key.Derive(purpose).Bytes, TagBytes);
        aes.Decrypt(data[..NonceBytes], data[(NonceBytes + TagBytes)..], data[NonceBytes..(NonceBytes + TagBytes)], plaintext);
        return plaintext;
    }
}
