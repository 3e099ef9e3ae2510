using Dapper;
using Npgsql;
using OpsDb.Migrations;

namespace OpsDb.DbTests.Migrations;

public sealed class MigrationTests : DatabaseFixture
{
    [Test]
    public async Task Processes_that_migrate_at_once_do_it_once()
    {
        var name = $"{Installation.Database}_empty";
        await using (var admin = new NpgsqlConnection($"{AssemblyServers.Servers.Postgres.ToConnectionString()};Pooling=false"))
        {
            await admin.ExecuteAsync($"create database {name}");
            try
            {
                var empty = $"{(AssemblyServers.Servers.Postgres with { Database = name }).ToConnectionString()};Pooling=false";
                await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Migrator.MigrateAsync(empty, CancellationToken.None)));
                Assert.That(await Migrator.MigrateAsync(empty, CancellationToken.None), Is.Empty);
            }
            finally
            {
                await admin.ExecuteAsync($"drop database {name} with (force)");
            }
        }
    }

    [Test]
    public async Task The_script_for_a_DBA_can_be_run_at_the_newest_schema() =>
        await Installation.MainAsync<int>($"{Migrator.Script()} select 1");

    /// <summary>A field that was added to a record without a migration, or the other way round, fails here.</summary>
    [Test]
    public async Task Every_table_has_the_columns_of_its_record()
    {
        foreach (var table in Tables)
        {
            var columns = await Installation.MainAsync<string>("select string_agg(column_name, ',' order by column_name) from information_schema.columns where table_name = @name", new { name = table.Name });
            Assert.That(columns!.Split(','), Is.EquivalentTo(table.Columns.Select(c => c.Name).Append("transaction_id")), table.Name);
        }
    }
}
