using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace OpsDb.Migrations;

/// <summary>Brings the main database to the newest schema. Several processes may try at once: one does it, the others wait.</summary>
public static class Migrator
{
    /// <summary>Any number that nothing else in the database locks.</summary>
    private const long LockKey = 5_600_001;

    /// <returns>The migrations that were applied, in order; none when the schema is the newest already.</returns>
    public static async Task<IReadOnlyList<string>> MigrateAsync(string connectionString, CancellationToken ct)
    {
        await using var context = new SchemaContext(connectionString);
        context.Database.SetCommandTimeout(TimeSpan.FromMinutes(30));
        await context.Database.OpenConnectionAsync(ct);
        // The migrator's own lock ends with each migration's transaction; another process would come in between.
        await context.Database.ExecuteSqlAsync($"select pg_advisory_lock({LockKey})", ct);
        try
        {
            var pending = (await context.Database.GetPendingMigrationsAsync(ct)).ToList();
            await context.Database.MigrateAsync(ct);
            return pending;
        }
        finally
        {
            await context.Database.ExecuteSqlAsync($"select pg_advisory_unlock({LockKey})", CancellationToken.None);
        }
    }

    /// <summary>The whole schema as SQL that may be run at any schema version, for a DBA who applies it by hand.</summary>
    public static string Script()
    {
        using var context = new SchemaContext("Host=unused");
        return context.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent);
    }

    /// <summary>The newest migration this release knows; <c>schema_migration</c> names those a database has.</summary>
    public static string Newest { get; } = NewestMigration();

    private static string NewestMigration()
    {
        using var context = new SchemaContext("Host=unused");
        return context.Database.GetMigrations().Last();
    }
}

/// <summary>Only the migrator: no entity is ever read through it.</summary>
public sealed class SchemaContext(string connectionString) : DbContext
{
    protected override void OnConfiguring(DbContextOptionsBuilder options) => options
        .UseNpgsql(connectionString, npgsql => npgsql.MigrationsHistoryTable("schema_migration"))
        .ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning));
}
