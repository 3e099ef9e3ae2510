using OpsDb.Kernel;

namespace OpsDb.Redis;

/// <summary>The site's Redis, which holds its log.</summary>
/// <param name="Timeout">How long a call may take; after it the outcome is unknown.</param>
public sealed record RedisOptions(string Host, int Port, int Database, string Password, TimeSpan Timeout)
{
    /// <summary>For a site that buffers nothing: it never connects.</summary>
    public static RedisOptions None { get; } = new("", 0, 0, "", TimeSpan.FromSeconds(1));

    /// <summary>How the connection is encrypted; null when it is not.</summary>
    public RedisTls? Tls { get; init; }

    /// <param name="isOptional">Whether the site can do without it.</param>
    /// <returns>Null where it does.</returns>
    public static RedisOptions? Read(Settings settings, bool isOptional = false)
    {
        var host = settings.Text("REDIS_HOST", isOptional ? "" : null,
            "host of the site's Redis; a main site that has none, which is right where it is empty, tells of no events");
        if (isOptional && host.Length == 0)
            return null;
        var options = new RedisOptions(
            host,
            settings.Integer("REDIS_PORT", 6379, 1, 65535, "port of the site's Redis"),
            settings.Integer("REDIS_DB", 0, 0, 15, "database number at the site's Redis"),
            settings.Secret("REDIS_PASSWORD", "password at the site's Redis"),
            settings.Seconds("REDIS_TIMEOUT", 2, 0.1, 60, "how long a call to Redis may take before its outcome counts as unknown"));
        settings.RequireStrong("REDIS_PASSWORD", options.Password, options.Host);
        return options with { Tls = RedisTls.Read(settings, options.Host) };
    }
}

/// <summary>TLS to Redis. The files are read at each new connection, so that they can be replaced while the process runs.</summary>
/// <param name="ServerName">The name or address that the server's certificate must bear.</param>
/// <param name="Authority">PEM file of the authorities that are trusted; empty for those of the system.</param>
/// <param name="Certificate">PEM file of this client's certificate; empty for none.</param>
/// <param name="Key">PEM file of its key.</param>
public sealed record RedisTls(string ServerName, string Authority, string Certificate, string Key)
{
    /// <returns>Null when it is not asked for.</returns>
    public static RedisTls? Read(Settings settings, string host)
    {
        var wanted = settings.Flag("REDIS_TLS", false, "whether the connection to Redis is encrypted and its certificate checked");
        var name = settings.Text("REDIS_TLS_SERVER_NAME", "", "name or address in Redis's certificate, where it is not REDIS_HOST");
        var tls = new RedisTls(
            name.Length > 0 ? name : host,
            settings.File("REDIS_TLS_CA", "PEM file of the authorities that may have signed Redis's certificate; unset for those that the system trusts"),
            settings.File("REDIS_TLS_CERTIFICATE", "PEM file of the certificate that Redis asks of its clients, if it does"),
            settings.File("REDIS_TLS_KEY", "PEM file of the key of REDIS_TLS_CERTIFICATE"));
        if ((tls.Certificate.Length > 0) != (tls.Key.Length > 0))
            settings.Mistake("REDIS_TLS_CERTIFICATE and REDIS_TLS_KEY are set together or not at all");
        if (!wanted && (tls.Authority.Length > 0 || tls.Certificate.Length > 0))
            settings.Mistake("REDIS_TLS is false, but certificates are given for it; set it to true");
        if (!wanted && host.Length > 0 && !Loopback.Is(host))
            settings.Warn($"Redis at {host} is reached without TLS: passwords and data can be read on the way; set REDIS_TLS=true");
        return wanted ? tls : null;
    }
}
