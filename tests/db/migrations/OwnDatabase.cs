using OpsDb.Migrations;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Migrations;

/// <summary>A database without a schema, whose owner is the role that migrates.</summary>
internal sealed class OwnDatabase : IAsyncDisposable
{
    private static int number;
    private readonly TestInstallation installation;

    private OwnDatabase(TestInstallation installation, string name) => (this.installation, Name) = (installation, name);

    public string Name { get; }

    public PostgresAddress Owner => installation.Owner with { Database = Name };

    public PostgresAddress Application => installation.Application with { Database = Name };

    public PostgresAddress Admin => installation.Main with { Database = Name };

    public static async Task<OwnDatabase> CreateAsync(TestInstallation installation)
    {
        var name = $"{installation.Database}_own_{Interlocked.Increment(ref number)}";
        await installation.Main.ExecuteAsync($"create database {name} owner {installation.Owner.User}");
        return new(installation, name);
    }

    /// <summary>The same with what the migrator of Entity Framework left.</summary>
    public static async Task<OwnDatabase> RestoreAsync(TestInstallation installation)
    {
        var database = await CreateAsync(installation);
        var dump = await File.ReadAllTextAsync(Path.Combine(BuiltPrograms.Root, "tests/db/migrations/installation_of_entity_framework.sql"));
        await database.ExecuteAsync(dump);
        return database;
    }

    public Task<IReadOnlyList<string>> MigrateAsync() => Migrator.MigrateAsync(Owner.ToConnectionString(), CancellationToken.None);

    public Task ExecuteAsync(string sql) => Owner.ExecuteAsync(sql);

    public Task<T?> ReadAsync<T>(string sql) => Owner.QueryAsync<T>(sql);

    /// <summary>Runs SQL as a DBA does; the first error ends it.</summary>
    public async Task<ProgramRun> PsqlAsync(string sql) =>
        await ProgramRun.RunAsync([await ProgramAsync("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"], Environment(), sql);

    /// <summary>The schema, with owners and rights.</summary>
    public Task<string> SchemaAsync() => DumpAsync("--schema-only");

    /// <summary>Every row of the schema public, and where its sequences are; in the order of the text.</summary>
    public async Task<string[]> RowsAsync()
    {
        var lines = (await DumpAsync("--data-only", "--inserts", "--schema=public")).Split('\n');
        return [.. lines
            .Where(l => l.Length > 0 && !l.StartsWith('-') && !l.Contains("public.schema_migration", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
    }

    public async Task<string> VersionsAsync() =>
        (await ReadAsync<string>(
            "select string_agg(concat_ws(' ', version, name, checksum), E'\\n' order by version) from opsdb_migrations.applied_migration"))!;

    public async ValueTask DisposeAsync() => await installation.Main.ExecuteAsync($"drop database {Name} with (force)");

    // pg_dump marks each of its texts with a random word.
    private async Task<string> DumpAsync(params string[] options) =>
        string.Join('\n', (await ProgramRun.ReadAsync([await ProgramAsync("pg_dump"), .. options], Environment())).Split('\n').Where(l => !l.StartsWith('\\')));

    private static async Task<string> ProgramAsync(string name) => Path.Combine(await ServerBinaries.FindPostgresAsync(), name);

    private Dictionary<string, string> Environment() => new()
    {
        ["PGHOST"] = Owner.Host,
        ["PGPORT"] = $"{Owner.Port}",
        ["PGUSER"] = Owner.User,
        ["PGPASSWORD"] = Owner.Password,
        ["PGDATABASE"] = Name,
    };
}
