using Npgsql;
using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>The two databases of a site. At the main site both are the primary.</summary>
/// <param name="Main">The primary, which takes every write.</param>
/// <param name="Local">The site's streaming replica, read only.</param>
public sealed record DatabaseOptions(string Main, string Local)
{
    /// <summary>
    /// A server that waits for the rest of a half-received batch holds its locks; it must notice soon that the link is gone.
    /// </summary>
    internal const string EndWhenClientIsGone = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=15000";

    public static DatabaseOptions Read(Settings settings, Site site)
    {
        var seconds = (int)settings.Seconds("DB_CONNECT_TIMEOUT", 5, 1, 60, "how long to wait for a new connection").TotalSeconds;
        var pool = settings.Integer("DB_POOL_SIZE", 32, 2, 500, "connections that one process may open to each database");
        var main = ReadOne("MAIN", "the PostgreSQL primary", true);
        var local = ReadOne("LOCAL", "the site's streaming replica (at the main site: unset, or the primary)", site.Type == SiteType.Secondary);
        return new(main, local.Length > 0 ? local : main);

        string ReadOne(string prefix, string what, bool mandatory)
        {
            var optional = mandatory ? null : "";
            var host = settings.Text($"{prefix}_DB_HOST", optional, $"host of {what}");
            var port = settings.Integer($"{prefix}_DB_PORT", 5432, 1, 65535, $"port of {what}");
            var user = settings.Text($"{prefix}_DB_USER", optional, $"user at {what}");
            var password = mandatory ? settings.Secret($"{prefix}_DB_PASSWORD", $"password at {what}") : settings.Text($"{prefix}_DB_PASSWORD", "", $"password at {what}");
            var name = settings.Text($"{prefix}_DB_NAME", optional, $"database at {what}");
            return host.Length == 0 ? "" : new NpgsqlConnectionStringBuilder
            {
                Host = host,
                Port = port,
                Username = user,
                Password = password,
                Database = name,
                Timeout = seconds,
                CommandTimeout = 30,
                MaxPoolSize = pool,
                MaxAutoPrepare = 100,
                AutoPrepareMinUsages = 2,
                NoResetOnClose = true,
                KeepAlive = 10,
                TcpKeepAlive = true,
                ApplicationName = $"opsdb-{site.Name}",
                IncludeErrorDetail = false,
                Options = EndWhenClientIsGone,
            }.ConnectionString;
        }
    }
}
