using OpsDb.Migrations;

namespace OpsDb.DbTests.Migrations;

public sealed class ScriptTests : DatabaseFixture
{
    [Test]
    public async Task The_script_makes_what_migrate_makes_and_changes_nothing_when_it_is_run_again()
    {
        await using var scripted = await OwnDatabase.CreateAsync(Installation);
        await using var migrated = await OwnDatabase.CreateAsync(Installation);
        await migrated.MigrateAsync();
        await RunAsync(scripted);
        var (schema, versions) = (await scripted.SchemaAsync(), await StateAsync(scripted));
        Assert.That(schema, Is.EqualTo(await migrated.SchemaAsync()));
        Assert.That(await scripted.VersionsAsync(), Is.EqualTo(await migrated.VersionsAsync()));

        await RunAsync(scripted);
        Assert.That(await scripted.SchemaAsync(), Is.EqualTo(schema));
        Assert.That(await StateAsync(scripted), Is.EqualTo(versions));
        Assert.That(await scripted.MigrateAsync(), Is.Empty);
    }

    [Test]
    public async Task The_script_and_processes_may_run_at_once()
    {
        await using var database = await OwnDatabase.CreateAsync(Installation);
        await Task.WhenAll(database.MigrateAsync(), RunAsync(database), database.MigrateAsync(), RunAsync(database));
        Assert.That(await database.MigrateAsync(), Is.Empty);
    }

    [Test]
    public async Task The_script_can_be_run_after_some_of_the_migrations()
    {
        await using var database = await OwnDatabase.CreateAsync(Installation);
        await database.ExecuteAsync("create table api_token (n int)");
        await Assert.ThrowsAsync<MigrationException>(database.MigrateAsync);
        await database.ExecuteAsync("drop table api_token");
        await RunAsync(database);
        await using var migrated = await OwnDatabase.CreateAsync(Installation);
        await migrated.MigrateAsync();
        Assert.That(await database.SchemaAsync(), Is.EqualTo(await migrated.SchemaAsync()));
    }

    // With the times, and with the transactions that wrote the rows.
    private static Task<string?> StateAsync(OwnDatabase database) =>
        database.ReadAsync<string>("select string_agg(concat_ws(' ', xmin, t), ',' order by version) from opsdb_migrations.applied_migration t");

    private static async Task RunAsync(OwnDatabase database)
    {
        var run = await database.PsqlAsync(Migrator.Script());
        Assert.That(run.ExitCode, Is.Zero, run.Errors);
    }
}
