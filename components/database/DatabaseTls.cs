using Npgsql;
using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>
/// How the connection to one database is encrypted, with the modes of libpq. The files are read at each new connection, so that they
/// can be replaced while the process runs.
/// </summary>
/// <param name="RootCertificate">PEM file of the authorities that are trusted; empty for those of the system.</param>
/// <param name="Certificate">PEM file of this client's certificate; empty for none.</param>
/// <param name="Key">PEM file of its key.</param>
internal sealed record DatabaseTls(SslMode Mode, string RootCertificate, string Certificate, string Key)
{
    private static readonly Dictionary<string, SslMode> Modes = new()
    {
        ["disable"] = SslMode.Disable,
        ["prefer"] = SslMode.Prefer,
        ["require"] = SslMode.Require,
        ["verify-ca"] = SslMode.VerifyCA,
        ["verify-full"] = SslMode.VerifyFull,
    };

    /// <param name="prefix">MAIN or LOCAL.</param>
    /// <param name="what">The server, in words.</param>
    /// <param name="host">Empty when there is none.</param>
    public static DatabaseTls Read(Settings settings, string prefix, string what, string host)
    {
        var mode = settings.Word($"{prefix}_DB_SSL_MODE", "prefer", [.. Modes.Keys],
            $"encryption of the connection to {what}: prefer takes what the server offers, require insists, "
            + "verify-ca also checks who signed its certificate, verify-full also its name");
        var tls = new DatabaseTls(Modes[mode],
            settings.File($"{prefix}_DB_SSL_ROOT_CERT",
                $"PEM file of the authorities that may have signed the certificate of {what}; unset for those that the system trusts"),
            settings.File($"{prefix}_DB_SSL_CERT", $"PEM file of the certificate with which this process shows itself at {what}, if that asks for one"),
            settings.File($"{prefix}_DB_SSL_KEY", $"PEM file of the key of {prefix}_DB_SSL_CERT"));
        if ((tls.Certificate.Length > 0) != (tls.Key.Length > 0))
            settings.Mistake($"{prefix}_DB_SSL_CERT and {prefix}_DB_SSL_KEY are set together or not at all");
        if (tls.RootCertificate.Length > 0 && tls.Mode is not (SslMode.VerifyCA or SslMode.VerifyFull))
            settings.Mistake($"{prefix}_DB_SSL_ROOT_CERT is given, but {prefix}_DB_SSL_MODE={mode} checks no certificate; set it to verify-full");
        if (host.Length > 0 && !Loopback.Is(host) && tls.Mode is (SslMode.Disable or SslMode.Prefer))
        {
            settings.Warn(
                $"PostgreSQL at {host} may be reached without TLS: passwords and data can be read on the way; set {prefix}_DB_SSL_MODE to verify-full");
        }
        return tls;
    }

    public NpgsqlConnectionStringBuilder AddTo(NpgsqlConnectionStringBuilder connection)
    {
        connection.SslMode = Mode;
        if (RootCertificate.Length > 0)
            connection.RootCertificate = RootCertificate;
        if (Certificate.Length > 0)
            (connection.SslCertificate, connection.SslKey) = (Certificate, Key);
        return connection;
    }
}
