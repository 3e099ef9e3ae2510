using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>PEM files: the server's certificate, followed by those between it and its authority; and its key, not encrypted.</summary>
public sealed record CertificateFiles(string Certificate, string Key)
{
    /// <returns>Null when neither is set, or they do not work.</returns>
    public static CertificateFiles? Read(Settings settings)
    {
        var before = settings.Mistakes.Count;
        var files = new CertificateFiles(
            settings.File("HTTP_TLS_CERTIFICATE",
                "PEM file of the API's certificate, followed by those between it and its authority; read again when it changes"),
            settings.File("HTTP_TLS_KEY", "PEM file of the key of HTTP_TLS_CERTIFICATE, without a passphrase"));
        if (files is { Certificate: "", Key: "" })
            return null;
        if (files.Certificate.Length == 0 || files.Key.Length == 0)
            settings.Mistake("HTTP_TLS_CERTIFICATE and HTTP_TLS_KEY are set together or not at all");
        if (settings.Mistakes.Count > before)
            return null;
        try
        {
            var until = Load(files).TargetCertificate.NotAfter;
            if (until < DateTime.Now)
                settings.Warn($"HTTP_TLS_CERTIFICATE has expired at {Instant.Format(until)}: clients refuse it");
            return files;
        }
        catch (Exception e) when (IsUnusable(e))
        {
            settings.Mistake($"HTTP_TLS_CERTIFICATE and HTTP_TLS_KEY are no certificate with its key in PEM form: {files.Certificate}, {files.Key}");
            return null;
        }
    }

    internal static SslStreamCertificateContext Load(CertificateFiles files) => Load(File.ReadAllText(files.Certificate), File.ReadAllText(files.Key));

    internal static SslStreamCertificateContext Load(string certificate, string key)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(certificate, key), chain, offline: true);
    }

    internal static bool IsUnusable(Exception e) => e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException;
}

/// <summary>
/// The certificate with which the API answers. Looks at its files now and then, when somebody connects; what cannot be used does not
/// replace what was in use.
/// </summary>
internal sealed partial class ServerCertificate(CertificateFiles files, TimeProvider time, ILogger<ServerCertificate> logger)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    private readonly Lock turn = new();
    private SslStreamCertificateContext? current;
    private string seen = "";
    private long lookedAt;

    /// <summary>For one address. The files are read here for the first time, so that a process without a certificate does not start.</summary>
    public TlsHandshakeCallbackOptions Handshake()
    {
        Current();
        return new()
        {
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = Current(),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            }),
        };
    }

    private SslStreamCertificateContext Current()
    {
        lock (turn)
        {
            if (current is { } known && time.GetElapsedTime(lookedAt) < LookAgain)
                return known;
            lookedAt = time.GetTimestamp();
            try
            {
                var (certificate, key) = (File.ReadAllText(files.Certificate), File.ReadAllText(files.Key));
                // By content: files that are replaced through a link keep their times.
                var content = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{certificate}\n{key}")));
                if (content != seen)
                {
                    seen = content;
                    var read = CertificateFiles.Load(certificate, key);
                    LogInUse(read.TargetCertificate.Subject, read.TargetCertificate.NotAfter.ToUniversalTime());
                    current = read;
                }
            }
            catch (Exception e) when (current is not null && CertificateFiles.IsUnusable(e))
            {
                LogUnusable(e.Message);
            }
            return current!;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The API's certificate is {Subject}, valid until {Until:yyyy-MM-ddTHH:mm:ssZ}.")]
    private partial void LogInUse(string subject, DateTime until);

    [LoggerMessage(Level = LogLevel.Error, Message = "HTTP_TLS_CERTIFICATE and HTTP_TLS_KEY cannot be used; the API answers with what it had before: {Reason}")]
    private partial void LogUnusable(string reason);
}
