namespace OpsDb.Servers;

/// <summary>How one PostgreSQL server is run.</summary>
public sealed record PostgresOptions
{
    /// <summary>The folder's and the log's name, and the application name of a replica: <c>primary</c>, <c>replica</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The folder below which data and log are kept.</summary>
    public required string Home { get; init; }

    /// <summary>The port on 127.0.0.1.</summary>
    public required int Port { get; init; }

    public required ServerPasswords Passwords { get; init; }

    /// <summary>Off only in tests: data does not survive the machine's failure then.</summary>
    public bool Fsync { get; init; } = true;

    /// <summary>How much WAL a replication slot may hold back before a replica that is cut off for too long is given up.</summary>
    public string MaxSlotWalKeepSize { get; init; } = "4GB";

    /// <summary>The size of a small disk of its own for the data, megabytes; null for a folder of the home.</summary>
    public int? DiskMegabytes { get; init; }

    public int MaxConnections { get; init; } = 200;

    /// <summary>More lines for postgresql.conf; they win over the built-in ones.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Set where the server answers with TLS alone.</summary>
    public ServerTls? Tls { get; init; }

    /// <summary>Set for a replica: where it takes its base backup and its stream from.</summary>
    public ReplicaSource? Source { get; init; }
}

/// <summary>What a replica follows: an address with the right to replicate (the relay's, say), and its own slot there.</summary>
public sealed record ReplicaSource(PostgresAddress Address, string Slot)
{
    /// <summary>PEM file of the authority that must have signed the source's certificate; null where the source is not asked for one.</summary>
    public string? Authority { get; init; }
}
