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

    /// <summary>The main database as the role that owns its schema; only <c>migrate</c> and <c>partitions</c> connect so.</summary>
    public string Owner { get; init; } = Main;

    /// <summary>The role of the processes at the main database.</summary>
    public string Role => new NpgsqlConnectionStringBuilder(Main).Username!;
    /// <summary>Seconds that the site's database may take: a list may look at many rows, and there is no link in between.</summary>
    private const int LocalPatience = 30;

    /// <summary>The standbys that may become the primary, by <c>host:port</c>; reached as the primary is.</summary>
    public IReadOnlyDictionary<string, string> Standbys { get; init; } = new Dictionary<string, string>();

    public static DatabaseOptions Read(Settings settings, Site site)
    {
        var seconds = (int)settings.Seconds("DB_CONNECT_TIMEOUT", 5, 1, 60, "how long to wait for a new connection").TotalSeconds;
        var pool = settings.Integer("DB_POOL_SIZE", 32, 2, 500, "connections that one process may open to each database");
        var patience = (int)settings.Seconds("MAIN_DB_TIMEOUT", 10, 1, 300,
            "how long the primary may take to answer a direct write or a read before it counts as unreachable").TotalSeconds;
        var main = ReadOne("MAIN", "the PostgreSQL primary", true);
        var local = ReadOne("LOCAL", "the site's streaming replica (at the main site: unset, or the primary)", site.Type == SiteType.Secondary);
        var standbys = settings.Text("PROMOTABLE_STANDBYS", "",
            "host:port of each standby that may become the primary, comma separated; user, password, name and TLS as at the primary. "
            + "Nothing leaves a site's log before they have it",
            v => v.Split(',', StringSplitOptions.TrimEntries).All(s => Address(s) is not null) || v.Length == 0 ? null : $"is a list of host:port, not '{v}'");
        var fallback = main.Length > 0 ? new NpgsqlConnectionStringBuilder(main) { CommandTimeout = LocalPatience }.ConnectionString : "";
        return new(main, local.Length > 0 ? local : fallback)
        {
            Owner = ReadOwner(),
            Standbys = standbys.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().Where(s => Address(s) is not null)
                .ToDictionary(s => s, s => StandbyAt(Address(s)!.Value)),
        };

        string ReadOwner()
        {
            var user = settings.Text(
                "MIGRATE_DB_USER", "", "user at the PostgreSQL primary who owns the schema; used by migrate and partitions alone. Unset: MAIN_DB_USER owns it");
            var password = settings.Secret("MIGRATE_DB_PASSWORD", "password of that user", optional: true);
            if ((user.Length == 0) != (password.Length == 0))
                settings.Mistake("MIGRATE_DB_USER and MIGRATE_DB_PASSWORD are given together or not at all");
            return user.Length == 0 ? main : new NpgsqlConnectionStringBuilder(main) { Username = user, Password = password }.ConnectionString;
        }

        string StandbyAt((string Host, int Port) address) =>
            new NpgsqlConnectionStringBuilder(main) { Host = address.Host, Port = address.Port, MaxPoolSize = 2 }.ConnectionString;

        static (string Host, int Port)? Address(string text) =>
            text.LastIndexOf(':') is > 0 and var colon && int.TryParse(text[(colon + 1)..], out var port) && port is > 0 and < 65536
                ? (text[..colon], port)
                : null;

        string ReadOne(string prefix, string what, bool mandatory)
        {
            var optional = mandatory ? null : "";
            var host = settings.Text($"{prefix}_DB_HOST", optional, $"host of {what}");
            var port = settings.Integer($"{prefix}_DB_PORT", 5432, 1, 65535, $"port of {what}");
            var user = settings.Text($"{prefix}_DB_USER", optional, $"user at {what}");
            var password = mandatory
                ? settings.Secret($"{prefix}_DB_PASSWORD", $"password at {what}")
                : settings.Text($"{prefix}_DB_PASSWORD", "", $"password at {what}");
            settings.RequireStrong($"{prefix}_DB_PASSWORD", password, host);
            var name = settings.Text($"{prefix}_DB_NAME", optional, $"database at {what}");
            var tls = DatabaseTls.Read(settings, prefix, what, host);
            return host.Length == 0 ? "" : tls.AddTo(new NpgsqlConnectionStringBuilder
            {
                Host = host,
                Port = port,
                Username = user,
                Password = password,
                Database = name,
                Timeout = seconds,
                CommandTimeout = prefix == "MAIN" ? patience : LocalPatience,
                MaxPoolSize = pool,
                MaxAutoPrepare = 100,
                AutoPrepareMinUsages = 2,
                NoResetOnClose = true,
                KeepAlive = 10,
                TcpKeepAlive = true,
                ApplicationName = $"opsdb-{site.Name}",
                IncludeErrorDetail = false,
                // Tells which transaction of a batch is refused; nothing logs the command.
                IncludeFailedBatchedCommand = true,
                Options = EndWhenClientIsGone,
            }).ConnectionString;
        }
    }
}
