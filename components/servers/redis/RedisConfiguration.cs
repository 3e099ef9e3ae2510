namespace OpsDb.Servers;

/// <summary>The configuration file, written anew at each start.</summary>
internal static class RedisConfiguration
{
    /// <param name="data">The folder for the append-only files, as the server sees it.</param>
    public static string Write(RedisOptions options, string bind, int port, string data) =>
        $"""
        bind {bind}
        port {port}
        protected-mode yes
        requirepass {options.Passwords.Redis}
        daemonize no
        dir "{data.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}"
        appendonly yes
        appendfsync always
        no-appendfsync-on-rewrite no
        maxmemory-policy noeviction
        save ""
        {string.Join('\n', options.Settings)}

        """;
}
