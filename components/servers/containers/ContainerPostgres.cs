using System.Text;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Testcontainers.PostgreSql;

namespace OpsDb.Servers;

/// <summary>
/// A PostgreSQL server in a container, set as the local one is. A replica reaches its source by way of this machine, at the port of
/// its source's address.
/// </summary>
public sealed class ContainerPostgres(PostgresOptions options, string? volume = null) : ContainerServer(options.Name, volume), IPostgresServer
{
    private const int SharedMemory = 256 << 20;
    private const string Home = "/var/lib/postgresql", Data = $"{Home}/opsdb";
    private const string SettingsFile = $"{Configuration}/postgresql.conf", CopyScript = $"{Configuration}/copy.sh";

    public PostgresAddress Admin => Address(PostgresServer.AdminRole, options.Passwords.Admin);

    public PostgresAddress Owner => Address(PostgresServer.OwnerRole, options.Passwords.Owner);

    public PostgresAddress Application => Address(PostgresServer.ApplicationRole, options.Passwords.Application);

    public PostgresAddress Replication => Address(PostgresServer.ReplicationRole, options.Passwords.Replication);

    public async Task<string> QueryAsync(string sql, CancellationToken ct = default)
    {
        const string command =
            "printf %s \"$1\" | psql --username=\"$2\" --dbname=\"$3\" --no-psqlrc --quiet --no-align --tuples-only --set=ON_ERROR_STOP=1 --file=-";
        var run = await ExecAsync(["sh", "-c", command, "sh", sql, PostgresServer.AdminRole, PostgresServer.DatabaseName], ct);
        return run.ExitCode == 0 ? run.Stdout.TrimEnd('\n') : throw new ServersException($"psql failed with exit code {run.ExitCode}: {run.Stderr.Trim()}");
    }

    public async Task PromoteAsync(CancellationToken ct = default)
    {
        if (await QueryAsync(PostgresServer.Promotion, ct) != "t")
            throw new ServersException($"{options.Name} was not promoted within 60 s.");
    }

    protected override IContainer Build()
    {
        var builder = Common<PostgreSqlBuilder, PostgreSqlContainer, PostgreSqlConfiguration>(
                new(ContainerEngine.PostgresImage), options.Port, PostgreSqlBuilder.PostgreSqlPort, Home)
            .WithUsername(PostgresServer.AdminRole)
            .WithPassword(options.Passwords.Admin)
            .WithEnvironment("PGDATA", Data)
            .WithEnvironment("POSTGRES_INITDB_ARGS", $"--encoding=UTF8 --locale=C --data-checksums{(options.Fsync ? "" : " --no-sync")}")
            .WithResourceMapping(Bytes(Settings()), SettingsFile)
            // Instead of the library's own, which trade durability for speed.
            .WithCommand(new OverwriteEnumerable<string>(["postgres", "-c", $"config_file={SettingsFile}"]))
            .WithCreateParameterModifier(p => (p.User, p.HostConfig!.ShmSize) = ("postgres", SharedMemory));
        builder = options.Source is { } source
            ? builder.WithEntrypoint("sh", CopyScript).WithResourceMapping(Bytes(CopyOf(source)), CopyScript)
            : builder.WithResourceMapping(Bytes(NewPrimary()), "/docker-entrypoint-initdb.d/opsdb.sh");
        return builder.Build();
    }

    private string Settings() => PostgresConfiguration.Write(options with
    {
        Source = options.Source is { } source ? source with { Address = source.Address with { Host = Machine } } : null,
        Settings = new Dictionary<string, string>(options.Settings)
        {
            ["listen_addresses"] = "*",
            ["port"] = $"{PostgreSqlBuilder.PostgreSqlPort}",
            ["unix_socket_directories"] = "/var/run/postgresql",
        },
    });

    private string NewPrimary() =>
        $"""
        psql --username={PostgresServer.AdminRole} --dbname=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 <<'SQL'
        {PostgresRoles.Create(options.Passwords)}
        SQL
        echo 'host replication all all scram-sha-256' >> "$PGDATA/pg_hba.conf"

        """;

    private string CopyOf(ReplicaSource source)
    {
        var quick = options.Fsync ? "" : "--no-sync";
        var exports = PostgresCluster.Connection(source.Address with { Host = Machine }).Select(v => $"export {v.Key}='{v.Value}'");
        return $"""
            set -eu
            if [ ! -s "$PGDATA/PG_VERSION" ]; then
              (
                {string.Join('\n', exports)}
                rm -rf "$PGDATA.new"
                psql --dbname={source.Address.Database} --no-psqlrc --quiet --set=ON_ERROR_STOP=1 <<'SQL'
            {PostgresCluster.SlotSql(source.Slot)}
            SQL
                pg_basebackup --pgdata="$PGDATA.new" --wal-method=stream --slot={source.Slot} --checkpoint=fast --no-password {quick}
              )
              touch "$PGDATA.new/standby.signal"
              mv "$PGDATA.new" "$PGDATA"
            fi
            exec "$@"

            """;
    }

    private async Task<ExecResult> ExecAsync(IList<string> command, CancellationToken ct)
    {
        try
        {
            return await Container.ExecAsync(command, ct);
        }
        catch (Docker.DotNet.DockerApiException e)
        {
            throw new ServersException($"{options.Name} does not run.", e);
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private PostgresAddress Address(string user, string password) => new(Host, options.Port, PostgresServer.DatabaseName, user, password);
}
