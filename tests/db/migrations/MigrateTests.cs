using OpsDb.Migrations;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Migrations;

public sealed class MigrateTests : DatabaseFixture
{
    /// <summary>A table that the migration makes last.</summary>
    private static readonly (long Version, string Table)[] TableOf =
    [
        (202611210900, "applied_transaction"), (202611210910, "obs_unit"), (202611210920, "executed_obs_unit"), (202611210930, "api_token"),
        (202611211500, "transaction_intervention"),
    ];

    [Test]
    public async Task Processes_that_migrate_at_once_do_it_once()
    {
        await using var database = await OwnDatabase.CreateAsync(Installation);
        var applied = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => database.MigrateAsync()));
        Assert.That(applied.SelectMany(a => a), Is.EqualTo(KnownMigration.All.Select(m => m.ToString())));
        Assert.That(await database.MigrateAsync(), Is.Empty);
        Assert.That(await database.VersionsAsync(), Is.EqualTo(string.Join('\n', KnownMigration.All.Select(m => $"{m.Version} {m.Name} {m.Checksum}"))));
    }

    /// <summary>The server ends the session at one statement after another, as if the process had been killed there.</summary>
    [Test]
    public async Task A_process_that_is_killed_leaves_each_migration_done_or_not_begun()
    {
        await using var database = await OwnDatabase.CreateAsync(Installation);
        await database.Admin.ExecuteAsync(
            """
            create schema fault;
            create sequence fault.statement;
            create table fault.stop (at bigint);
            insert into fault.stop values (0);
            grant usage on schema fault to public;
            grant usage on sequence fault.statement to public;
            grant select on fault.stop to public;
            create function fault.hit() returns event_trigger language plpgsql as $$
            begin
              if nextval('fault.statement') = (select at from fault.stop) then
                perform pg_terminate_backend(pg_backend_pid());
              end if;
            end $$;
            create event trigger fault on ddl_command_end execute function fault.hit();
            """);
        var kills = 0;
        foreach (var statement in (int[])[1, 3, 4, 5, 9, 16, 12, 30, 33, 41, 10, 20, 7])
        {
            await database.Admin.ExecuteAsync($"select setval('fault.statement', 1, false); update fault.stop set at = {statement}");
            try
            {
                await database.MigrateAsync();
            }
            catch (MigrationException e)
            {
                kills++;
                Assert.That(e.Message, Does.Not.Contain('\n'));
            }

            await RequireWholeAsync(database);
        }

        Assert.That(kills, Is.GreaterThan(6));
        await database.Admin.ExecuteAsync("drop event trigger fault; drop schema fault cascade");
        await database.MigrateAsync();
        await using var fresh = await OwnDatabase.CreateAsync(Installation);
        await fresh.MigrateAsync();
        Assert.That(await database.SchemaAsync(), Is.EqualTo(await fresh.SchemaAsync()));
    }

    [Test]
    public async Task A_migration_that_was_edited_after_it_had_been_applied_is_refused_by_name()
    {
        await using var database = await OwnDatabase.CreateAsync(Installation);
        await database.MigrateAsync();
        await database.ExecuteAsync("update opsdb_migrations.applied_migration set checksum = repeat('0', 64) where version = 202611210920");
        await RequireRefusalAsync(database,
            "The migration 202611210920_create_executions was edited after it had been applied to this database: "
            + "put it back as it was released, and write a new one.");
    }

    [Test]
    public async Task A_database_of_a_newer_release_is_refused_by_the_name_of_its_migration()
    {
        await using var database = await OwnDatabase.CreateAsync(Installation);
        await database.MigrateAsync();
        await database.ExecuteAsync("insert into opsdb_migrations.applied_migration (version, name, checksum) values (299901010000, 'see_the_future', '')");
        await RequireRefusalAsync(database,
            $"The database has the migration 299901010000_see_the_future, which this release does not know (its newest is {Migrator.Newest}): "
            + "a newer release has migrated it; use the program of that one.");
    }

    [Test]
    public async Task A_migration_that_fails_is_told_in_one_line_and_can_be_repeated()
    {
        await using var database = await OwnDatabase.CreateAsync(Installation);
        await database.ExecuteAsync("create table api_token (n int)");
        var refusal = await RefusalAsync(database);
        Assert.That(
            refusal,
            Does.StartWith("The main database could not be migrated "
                + "(202611210900_create_transactions, 202611210910_create_catalogue, 202611210920_create_executions were applied before): "));
        Assert.That(refusal, Does.EndWith("(SQLSTATE 42P07)").And.Not.Contain('\n'));
        await database.ExecuteAsync("drop table api_token");
        Assert.That((await database.MigrateAsync())[0], Is.EqualTo("202611210930_create_tokens"));
    }

    [Test]
    public async Task A_database_that_cannot_be_reached_is_told_in_one_line()
    {
        var nowhere = (Installation.Owner with { Password = "wrong" }).ToConnectionString();
        var e = await Assert.ThrowsAsync<MigrationException>(() => Migrator.MigrateAsync(nowhere, CancellationToken.None));
        Assert.That(e!.Message, Does.StartWith("The main database could not be migrated (nothing was changed): "));
        Assert.That(e.Message, Does.Not.Contain('\n').And.Not.Contain("wrong"));
    }

    private static async Task RequireRefusalAsync(OwnDatabase database, string sentence)
    {
        Assert.That(await RefusalAsync(database), Is.EqualTo(sentence));
        var script = await database.PsqlAsync(Migrator.Script());
        Assert.That(script.ExitCode, Is.Not.Zero);
        Assert.That(script.Errors, Does.Contain(sentence));
    }

    private static async Task<string> RefusalAsync(OwnDatabase database)
    {
        try
        {
            await database.MigrateAsync();
            return "";
        }
        catch (MigrationException e)
        {
            return e.Message;
        }
    }

    private static async Task RequireWholeAsync(OwnDatabase database)
    {
        var versions = await database.ReadAsync<bool>("select to_regclass('opsdb_migrations.applied_migration') is not null")
            ? await database.ReadAsync<long[]>("select array_agg(version order by version) from opsdb_migrations.applied_migration") ?? []
            : [];
        Assert.That(versions, Is.EqualTo(KnownMigration.All.Take(versions.Length).Select(m => m.Version)));
        foreach (var (version, table) in TableOf)
        {
            Assert.That(await database.ReadAsync<bool>($"select to_regclass('{table}') is not null"), Is.EqualTo(versions.Contains(version)), table);
            if (versions.Contains(version))
                Assert.That(await database.ReadAsync<bool>($"select has_table_privilege('opsdb_application', '{table}', 'insert')"), table);
        }
    }
}
