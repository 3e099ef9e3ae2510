using Npgsql;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Servers;

/// <summary>A relay of its own to the shared primary, for each test.</summary>
public abstract class RelayFixture
{
    protected Relay Link { get; private set; } = null!;

    /// <summary>Past the relay.</summary>
    protected static PostgresAddress Primary => AssemblyServers.Servers.Postgres;

    protected string Table { get; } = $"t_{Guid.NewGuid():n}";

    [SetUp]
    public async Task OpenLink()
    {
        Link = Relay.Start(Ports.Next(), Primary.Host, Primary.Port);
        await Primary.ExecuteAsync($"create table {Table} (n int primary key)");
    }

    [TearDown]
    public async Task CloseLink() => await Link.DisposeAsync();

    protected async Task<NpgsqlConnection> ConnectAsync(int timeout = 5, string application = "test")
    {
        var text = new NpgsqlConnectionStringBuilder((Primary with { Host = "127.0.0.1", Port = Link.Port }).ToConnectionString())
        {
            Pooling = false,
            Timeout = timeout,
            CommandTimeout = timeout,
            ApplicationName = application,
            CancellationTimeout = -1,
            // Otherwise Npgsql tries a login that was cut again without encryption.
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        };
        var connection = new NpgsqlConnection(text.ConnectionString);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    protected static async Task<object?> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    protected Task<long> RowsAsync() => Primary.QueryAsync<long>($"select count(*) from {Table}");
}
