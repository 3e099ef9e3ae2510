using System.Data.Common;
using FluentMigrator.Runner;
using FluentMigrator.Runner.Processors.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Migrations;

/// <summary>Brings the main database to the newest schema. Several processes may try at once: one does it, the others wait.</summary>
public static class Migrator
{
    // "opsdb" in ASCII: nobody else takes this lock.
    internal const long Turn = 0x6f70736462;

    // SQLSTATE.
    private const string UndefinedFunction = "42883";

    /// <summary>The newest migration this release knows, as its file is called.</summary>
    public static string Newest { get; } = KnownMigration.All[^1].ToString();

    /// <param name="connectionString">Of the role that owns the schema, or is to own it.</param>
    /// <returns>The migrations that were applied, in order; none when the schema is the newest already.</returns>
    /// <exception cref="MigrationException">The database cannot be reached, does not fit this release, or refuses a migration.</exception>
    public static async Task<IReadOnlyList<string>> MigrateAsync(string connectionString, CancellationToken ct)
    {
        var applied = new List<string>();
        try
        {
            await MigrateAsync(connectionString, applied, ct);
            return applied;
        }
        catch (Exception e) when (Cause(e) is { } cause)
        {
            throw new MigrationException(Sentence(cause, applied), e);
        }
    }

    /// <summary>The whole schema as SQL that may be run at any schema version, for a DBA who applies it by hand.</summary>
    public static string Script() => Migrations.Script.Write();

    /// <summary>What an operator should do about the role that the processes use; nothing when it has the rights it needs and no more.</summary>
    /// <param name="connectionString">Of the role that owns the schema.</param>
    /// <param name="role">The role that the processes use.</param>
    public static async Task<string?> AdviceAsync(string connectionString, string role, CancellationToken ct)
    {
        await using var services = Services(connectionString);
        await using var scope = services.CreateAsyncScope();
        await using var connection = await OpenAsync(scope.ServiceProvider, connectionString, ct);
        await using var command = connection.CreateCommand();
        command.CommandText = Rights.OfRole;
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("role", role);
        command.Parameters.Add(parameter);
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            return $"There is no role {role}, which the processes use (MAIN_DB_USER); see Roles in docs/operations.md.";
        var (mayUse, owns) = (reader.GetBoolean(0), reader.GetBoolean(1));
        return owns ? $"The role {role}, which the processes use, owns the schema: it can drop tables and change the audit. "
                + "Give migrate a role of its own; see Roles in docs/operations.md."
            : mayUse ? null
            : $"The role {role}, which the processes use, has no rights on the tables: grant opsdb_application to it; see Roles in docs/operations.md.";
    }

    /// <summary>Makes the yearly partitions that are not there, and moves the files of those years out of the default partition.</summary>
    /// <param name="connectionString">Of the role that owns the schema.</param>
    /// <returns>The years whose partitions were made.</returns>
    /// <exception cref="MigrationException">
    /// The database cannot be reached or does not have the schema of this release; or years are left out, because rows of other tables refer to
    /// their files in the default partition.
    /// </exception>
    public static async Task<IReadOnlyList<int>> MakePartitionsAsync(string connectionString, Years years, CancellationToken ct)
    {
        try
        {
            List<int> missing = [], made = [];
            await InTurnAsync(connectionString, async (_, connection) =>
            {
                missing = await ReadAsync(connection, years.Missing, ct);
                // One after the other: the locks of each are given back.
                foreach (var year in missing)
                    made.AddRange(await ReadAsync(connection, $"select opsdb_partition_years({year}, {year})", ct));
                await ExecuteAsync(connection, $"select {VersionTable.GrantRights}", ct);
            }, ct);
            return made.Count == missing.Count ? made : throw new MigrationException(
                $"There is no partition of {string.Join(", ", missing.Except(made))}: rows of other tables refer to files of that time in raw_data_file_other, "
                + $"where they are found all the same.{(made.Count == 0 ? "" : $" Those of {string.Join(", ", made)} were made.")}");
        }
        catch (DbException e)
        {
            throw e.SqlState == UndefinedFunction
                ? new MigrationException("The main database does not have the schema of this release: run migrate first.")
                : new MigrationException($"The partitions could not be made: {Text(e)}", e);
        }
    }

    private static Task MigrateAsync(string connectionString, List<string> applied, CancellationToken ct) =>
        InTurnAsync(connectionString, async (services, connection) =>
        {
            await ExecuteAsync(connection, Preparation.Sql, ct);
            var runner = services.GetRequiredService<IMigrationRunner>();
            // The runner is synchronous.
            await Task.Run(() => Apply(runner, applied, ct), ct);
            await ExecuteAsync(connection, Years.Ahead, ct);
            // Also when nothing was to be applied: the role may be new.
            await ExecuteAsync(connection, $"select {VersionTable.GrantRights}", ct);
        }, ct);

    private static async Task InTurnAsync(string connectionString, Func<IServiceProvider, DbConnection, Task> work, CancellationToken ct)
    {
        // Not pooled: the lock is given back when the connection closes, whatever happens. Both the turn and a migration of a
        // large table take their time.
        var own = new DbConnectionStringBuilder
        {
            ConnectionString = connectionString,
            ["Pooling"] = false,
            ["Command Timeout"] = 0,
            ["Application Name"] = "opsdb-migrate",
        }.ConnectionString;
        await using var services = Services(own);
        await using var scope = services.CreateAsyncScope();
        await using var connection = await OpenAsync(scope.ServiceProvider, own, ct);
        await ExecuteAsync(connection, $"select pg_advisory_lock({Turn})", ct);
        await work(scope.ServiceProvider, connection);
    }

    private static void Apply(IMigrationRunner runner, List<string> applied, CancellationToken ct)
    {
        foreach (var migration in KnownMigration.All.Where(m => !((MigrationRunner)runner).VersionLoader.VersionInfo.HasAppliedMigration(m.Version)).ToList())
        {
            ct.ThrowIfCancellationRequested();
            runner.MigrateUp(migration.Version);
            applied.Add(migration.ToString());
        }
    }

    private static ServiceProvider Services(string connectionString) => new ServiceCollection()
        .AddFluentMigratorCore()
        .ConfigureRunner(runner => runner
            .AddPostgres15_0()
            .WithGlobalConnectionString(connectionString)
            .WithGlobalCommandTimeout(TimeSpan.Zero)
            .WithVersionTable(new VersionTable())
            .ScanIn(typeof(Migrator).Assembly).For.Migrations())
        .AddScoped<IVersionLoader, ChecksummedVersions>()
        .BuildServiceProvider();

    private static async Task<DbConnection> OpenAsync(IServiceProvider services, string connectionString, CancellationToken ct)
    {
        var connection = services.GetRequiredService<PostgresDbFactory>().Factory.CreateConnection()!;
        connection.ConnectionString = connectionString;
        await connection.OpenAsync(ct);
        return connection;
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql, CancellationToken ct)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<List<int>> ReadAsync(DbConnection connection, string sql, CancellationToken ct)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(ct);
        var numbers = new List<int>();
        while (await reader.ReadAsync(ct))
            numbers.Add(reader.GetInt32(0));
        return numbers;
    }

    // FluentMigrator wraps what the database says, and complains of the lost connection when it is disposed of.
    private static DbException? Cause(Exception? e) => e as DbException ?? (e is null ? null : Cause(e.InnerException));

    private static string Sentence(DbException cause, IReadOnlyList<string> applied)
    {
        if (cause.SqlState == Preparation.Refused)
            return Said(cause);
        var done = applied.Count == 0 ? "nothing was changed" : $"{string.Join(", ", applied)} {(applied.Count == 1 ? "was" : "were")} applied before";
        return $"The main database could not be migrated ({done}): {Text(cause)}";
    }

    private static string Text(DbException cause) => $"{Said(cause)}{(cause.SqlState is null ? "" : $" (SQLSTATE {cause.SqlState})")}";

    /// <summary>What the server says: Npgsql puts the state before it.</summary>
    private static string Said(DbException cause)
    {
        var before = $"{cause.SqlState}: ";
        return (cause.SqlState is not null && cause.Message.StartsWith(before, StringComparison.Ordinal) ? cause.Message[before.Length..] : cause.Message)
            .ReplaceLineEndings(" ");
    }
}

/// <summary>The schema was not brought to the newest version; the message is one line for the operator.</summary>
public sealed class MigrationException(string message, Exception? cause = null) : Exception(message, cause);
