using System.Text;

namespace OpsDb.Servers;

/// <summary>The configuration files, written anew at each start.</summary>
internal static class PostgresConfiguration
{
    public const string HostBasedAuthentication =
        """
        host all all 127.0.0.1/32 scram-sha-256
        host replication all 127.0.0.1/32 scram-sha-256

        """;

    public static string Write(PostgresOptions options)
    {
        var settings = new Dictionary<string, string>
        {
            ["listen_addresses"] = "127.0.0.1",
            ["port"] = $"{options.Port}",
            ["unix_socket_directories"] = "",
            ["max_connections"] = $"{options.MaxConnections}",
            ["password_encryption"] = "scram-sha-256",
            ["timezone"] = "UTC",
            ["log_timezone"] = "UTC",
            ["log_line_prefix"] = "%m [%p] %q%a ",
            ["logging_collector"] = "off",
            ["wal_level"] = "replica",
            ["max_wal_senders"] = "20",
            ["max_replication_slots"] = "20",
            ["max_slot_wal_keep_size"] = options.MaxSlotWalKeepSize,
            ["wal_log_hints"] = "on",
            ["synchronous_commit"] = "on",
            ["fsync"] = options.Fsync ? "on" : "off",
            ["full_page_writes"] = options.Fsync ? "on" : "off",
            ["hot_standby"] = "on",
            ["hot_standby_feedback"] = "off",
            // A link that went silent is noticed within seconds at both ends, and a restored one is used at once.
            ["wal_sender_timeout"] = "15s",
            ["wal_receiver_timeout"] = "5s",
            ["wal_receiver_status_interval"] = "1s",
            ["wal_retrieve_retry_interval"] = "1s",
            ["tcp_keepalives_idle"] = "5",
            ["tcp_keepalives_interval"] = "2",
            ["tcp_keepalives_count"] = "3",
        };
        if (options.Source is { } source)
        {
            settings["primary_conninfo"] = ConnectionInfo(source.Address, options.Name);
            settings["primary_slot_name"] = source.Slot;
        }

        foreach (var (name, value) in options.Settings)
            settings[name] = value;
        return settings.Aggregate(new StringBuilder(), (text, s) => text.Append(s.Key).Append(" = ").Append(Quoted(s.Value)).Append('\n')).ToString();
    }

    public static string ConnectionInfo(PostgresAddress address, string application) =>
        $"host={Escaped(address.Host)} port={address.Port} user={Escaped(address.User)} password={Escaped(address.Password)} "
        + $"application_name={Escaped(application)} sslmode=prefer gssencmode=disable connect_timeout=5 "
        + "keepalives=1 keepalives_idle=5 keepalives_interval=2 keepalives_count=3 tcp_user_timeout=10000";

    // postgresql.conf doubles a quote, a connection string puts a backslash before it.
    private static string Quoted(string value) => $"'{Backslashes(value).Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Escaped(string value) => $"'{Backslashes(value).Replace("'", "\\'", StringComparison.Ordinal)}'";

    private static string Backslashes(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal);
}
