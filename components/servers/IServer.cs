namespace OpsDb.Servers;

/// <summary>
/// A server that can be stopped, killed and frozen, whether it is a process of this machine or a container. Its address stays the
/// same when it is started again.
/// </summary>
public interface IServer : IAsyncDisposable
{
    /// <summary>Starts the server on the data that is there, which is made first if there is none, and waits until it answers.</summary>
    /// <exception cref="ServersException">It does not start.</exception>
    Task StartAsync(CancellationToken ct = default);

    /// <summary>Stops in order.</summary>
    Task StopAsync();

    /// <summary>Ends every process of the server at once, as a power failure would.</summary>
    Task KillAsync();

    /// <summary>Freezes the server; connections stay open and nothing answers.</summary>
    Task PauseAsync();

    /// <summary>Lets a frozen server go on; nothing happens to one that is not frozen.</summary>
    Task ResumeAsync();
}

/// <summary>A PostgreSQL server, primary or replica.</summary>
public interface IPostgresServer : IServer
{
    /// <summary>The superuser.</summary>
    PostgresAddress Admin { get; }

    /// <summary>The owner of the database and its schema.</summary>
    PostgresAddress Owner { get; }

    /// <summary>The role of the processes, which owns nothing.</summary>
    PostgresAddress Application { get; }

    /// <summary>The role that may replicate.</summary>
    PostgresAddress Replication { get; }

    /// <summary>Runs SQL as superuser; answers unaligned text, one line per row, columns parted by <c>|</c>.</summary>
    /// <exception cref="ServersException">The server refuses it or cannot be reached.</exception>
    Task<string> QueryAsync(string sql, CancellationToken ct = default);

    /// <summary>Makes a replica a primary of its own.</summary>
    Task PromoteAsync(CancellationToken ct = default);
}

/// <summary>A Redis server that has stored what it acknowledged: every write is synced to disk before its answer.</summary>
public interface IRedisServer : IServer
{
    RedisAddress Address { get; }
}
