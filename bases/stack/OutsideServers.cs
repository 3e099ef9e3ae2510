using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>Servers that already run and are named by the environment; null where the stack starts its own.</summary>
internal sealed record OutsideServers(PostgresAddress? Primary, PostgresAddress? Replica, RedisAddress? Redis)
{
    public static OutsideServers FromEnvironment()
    {
        var servers = new OutsideServers(
            Read("OPSDB_POSTGRES_PRIMARY", PostgresAddress.Parse),
            Read("OPSDB_POSTGRES_REPLICA", PostgresAddress.Parse),
            Read("OPSDB_REDIS", RedisAddress.Parse));
        return servers is { Primary: null, Replica: not null }
            ? throw new ServersException("OPSDB_POSTGRES_REPLICA names a replica, but OPSDB_POSTGRES_PRIMARY no primary that it follows.")
            : servers;
    }

    private static T? Read<T>(string name, Func<string, string, T> parse)
        where T : class => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? parse(text, name) : null;
}
