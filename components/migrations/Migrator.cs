using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace OpsDb.Migrations;

/// <summary>Brings the main database to the newest schema. Several processes may try at once: one does it, the others wait.</summary>
public static class Migrator
{
    // "opsdb" in ASCII: nobody else takes this lock.
    private const long Turn = 0x6f70736462;

    /// <returns>The migrations that were applied, in order; none when the schema is the newest already.</returns>
    public static async Task<IReadOnlyList<string>> MigrateAsync(string connectionString, CancellationToken ct)
    {
        // Not pooled: the lock is given back when the connection closes, whatever happens.
        await using var context = new SchemaContext($"{connectionString};Pooling=false");
        // EF Core's own lock does not keep apart two processes that find an empty database at once.
        await context.Database.OpenConnectionAsync(ct);
        // Both the turn and a migration of a large table take their time.
        context.Database.SetCommandTimeout(0);
        await context.Database.ExecuteSqlAsync($"select pg_advisory_lock({Turn})", ct);
        var pending = (await context.Database.GetPendingMigrationsAsync(ct)).ToList();
        await context.Database.MigrateAsync(ct);
        return pending;
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
