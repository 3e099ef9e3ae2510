using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace OpsDb.Redis;

/// <summary>Judges the certificate that Redis shows.</summary>
internal static class RedisCertificates
{
    /// <summary>Whether one of the authorities in the file has signed it, directly or by those it came with, and it bears the right name.</summary>
    public static bool Accepts(string authorityFile, X509Certificate? certificate, X509Chain? shown, SslPolicyErrors errors)
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(authorityFile);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in shown?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        using var own = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(own);
    }
}
