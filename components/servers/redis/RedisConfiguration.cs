namespace OpsDb.Servers;

/// <summary>The configuration file, written anew at each start.</summary>
internal static class RedisConfiguration
{
    /// <param name="data">The folder for the append-only files, as the server sees it.</param>
    public static string Write(RedisOptions options, string bind, int port, string data) =>
        $"""
        bind {bind}
        {(options.Tls is null ? $"port {port}" : Encrypted(port))}
        protected-mode yes
        {(options.Restricted ? Users(options.Passwords) : $"requirepass {options.Passwords.Redis}")}
        daemonize no
        dir "{data.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}"
        appendonly yes
        appendfsync always
        no-appendfsync-on-rewrite no
        maxmemory-policy noeviction
        save ""
        {string.Join('\n', options.Settings)}

        """;

    // Nothing dangerous but what the data API looks at: the settings, the role, and what its library asks.
    private static string Users(ServerPasswords passwords) =>
        $"""
        user default reset on >{passwords.Redis} ~* &* +@all -@dangerous +info +role +config|get
        user admin reset on >{passwords.Admin} ~* &* +@all
        """;

    // Clients need no certificate; one that they show is checked. The names are looked for in "dir".
    private static string Encrypted(int port) =>
        $"""
        port 0
        tls-port {port}
        tls-cert-file tls.crt
        tls-key-file tls.key
        tls-ca-cert-file ca.crt
        tls-auth-clients optional
        """;
}
