using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OpsDb.Servers;

namespace OpsDb.TestKit;

/// <summary>A certificate authority of one test, and the files that it makes.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 certificate;
    private readonly string folder = Directory.CreateTempSubdirectory("opsdb-ca-").FullName;

    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=OpsDb test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        // Servers that run as another user read it as well.
        ServersHome.Create(folder);
        File.WriteAllText(AuthorityFile, Pem);
    }

    public string Pem => certificate.ExportCertificatePem();

    public string AuthorityFile => Path.Combine(folder, "ca.crt");

    /// <summary>The pair of files of one name.</summary>
    public (string Certificate, string Key) Files(string name) => (Path.Combine(folder, $"{name}.crt"), Path.Combine(folder, $"{name}.key"));

    /// <summary>A certificate for this machine, as files; those of that name are replaced.</summary>
    public (string Certificate, string Key) Issue(string name, string address = "127.0.0.1")
    {
        var (certificatePem, keyPem) = Make(name, address);
        var files = Files(name);
        File.WriteAllText(files.Certificate, certificatePem);
        File.WriteAllText(files.Key, keyPem);
        return files;
    }

    /// <summary>The same for one of the local servers.</summary>
    public ServerTls Server(string address = "127.0.0.1")
    {
        var (certificatePem, keyPem) = Make("server", address);
        return new(certificatePem, keyPem, Pem);
    }

    /// <summary>A client that trusts this authority alone.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler
    {
        SslOptions = new()
        {
            CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { certificate },
                RevocationMode = X509RevocationMode.NoCheck
            },
        },
        // Each request shows which certificate is in use now.
        PooledConnectionLifetime = TimeSpan.Zero,
    });

    public void Dispose()
    {
        certificate.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private (string Certificate, string Key) Make(string name, string address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, false));
        using var issued = request.Create(certificate, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return (issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
