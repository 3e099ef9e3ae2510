using Npgsql;
using OpsDb.DataApi;
using OpsDb.Migrations;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Migrations;

/// <summary>The yearly partitions of the raw data files.</summary>
public sealed class PartitionTests : DatabaseFixture
{
    private const string Other = "raw_data_file_other";

    private string Owner => $"{Installation.Owner.ToConnectionString()};Pooling=false";

    [Test]
    public async Task Partitions_are_made_once_and_look_like_those_of_before()
    {
        Assert.That(await MakeAsync(1997, 1998), Is.EqualTo(new[] { 1997, 1998 }));
        Assert.That(await MakeAsync(1997, 1998), Is.Empty);
        foreach (var what in (string[])
        [
            "replace(pg_get_indexdef(indexrelid), @table, 'it') as said from pg_index where indrelid = @table::regclass",
            "replace(concat(conname, pg_get_constraintdef(oid)), @table, 'it') as said from pg_constraint where conrelid = @table::regclass and contype <> 'n'",
            "privilege_type as said from information_schema.role_table_grants where table_name = @table and grantee = 'opsdb_application'",
        ])
        {
            Assert.That(await SaidAsync("raw_data_file_1997"), Is.EqualTo(await SaidAsync("raw_data_file_2026")).And.Not.Null);

            Task<string?> SaidAsync(string table) =>
                Installation.MainAsync<string>($"select string_agg(said, E'\n' order by said) from (select {what}) s", new { table });
        }
    }

    [Test]
    public async Task Processes_that_make_them_at_once_do_it_once()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => MakeAsync(1995, 1998)));
        Assert.That(made.SelectMany(m => m), Is.EqualTo(new[] { 1995, 1996, 1997, 1998 }));
    }

    [Test]
    public async Task Files_that_lay_in_the_default_partition_come_into_their_own_without_a_change()
    {
        await FileAsync(2019, "a");
        await FileAsync(2019, "b");
        await FileAsync(2021, "c");
        Assert.That(await MakeAsync(2019, 2019), Is.EqualTo(new[] { 2019 }));
        Assert.That(await PartitionsAsync(), Is.EqualTo("raw_data_file_2019,raw_data_file_2019,raw_data_file_other"));
        Assert.That(await Installation.MainAsync<int>("select count(*) from row_history"), Is.Zero);
        await FileAsync(2019, "d");
        Assert.That(await PartitionsAsync(), Is.EqualTo("raw_data_file_2019,raw_data_file_2019,raw_data_file_2019,raw_data_file_other"));
        var twice = await Assert.ThrowsAsync<PostgresException>(() => FileAsync(2019, "a"));
        Assert.That(twice!.ConstraintName, Is.EqualTo("raw_data_file_2019_once"));
    }

    [Test]
    public async Task A_year_whose_files_there_are_referred_to_is_left_out_and_named()
    {
        await FileAsync(2019, "a");
        await FileAsync(2021, "b");
        await Installation.Owner.ExecuteAsync(
            "create table referring (id uuid references raw_data_file); insert into referring select id from raw_data_file where relative_path = 'b'");
        var e = await Assert.ThrowsAsync<MigrationException>(() => MakeAsync(2019, 2022));
        Assert.That(e!.Message, Is.EqualTo(
            $"There is no partition of 2021: rows of other tables refer to files of that time in {Other}, where they are found all the same. "
            + "Those of 2019, 2020, 2022 were made."));
        Assert.That(await PartitionsAsync(), Is.EqualTo("raw_data_file_2019,raw_data_file_other"));
    }

    [Test]
    public async Task Each_migrate_sees_to_the_years_ahead()
    {
        await Installation.Owner.ExecuteAsync($"drop table raw_data_file_{DateTime.UtcNow.Year + 3}");
        Assert.That(await Migrator.MigrateAsync(Owner, CancellationToken.None), Is.Empty);
        Assert.That(await MakeAsync(DateTime.UtcNow.Year, DateTime.UtcNow.Year + 5), Is.Empty);
    }

    [Test]
    public async Task A_database_of_an_earlier_release_is_to_be_migrated_first()
    {
        await using var old = await OwnDatabase.RestoreAsync(Installation);
        var owner = $"{old.Owner.ToConnectionString()};Pooling=false";
        var e = await Assert.ThrowsAsync<MigrationException>(() => Migrator.MakePartitionsAsync(owner, new(1997, 1998), CancellationToken.None));
        Assert.That(e!.Message, Is.EqualTo("The main database does not have the schema of this release: run migrate first."));
    }

    [TestCase("--to", "1900")]
    [TestCase("--to", "20370")]
    [TestCase("--to", "soon")]
    [TestCase("--to", "2030", "--from", "2031")]
    [TestCase("--from", "2031")]
    public async Task A_year_that_cannot_be_meant_is_refused(params string[] options) =>
        Assert.That(await DataApiBase.RunAsync(["partitions", .. options]), Is.EqualTo(2));

    private Task<IReadOnlyList<int>> MakeAsync(int first, int last) => Migrator.MakePartitionsAsync(Owner, new(first, last), CancellationToken.None);

    private Task<string?> PartitionsAsync() =>
        Installation.MainAsync<string>("select string_agg(tableoid::regclass::text, ',' order by id) from raw_data_file");

    /// <summary>A file of the first of March of a year.</summary>
    private Task FileAsync(int year, string path) => Installation.Main.ExecuteAsync(
        $"""
        insert into site (id, name, short_name, version, created_at, created_by, modified_at, modified_by, transaction_id)
        values (9001, 'Telescope', 'telescope', 1, now(), 'a', now(), 'a', gen_random_uuid()) on conflict do nothing;
        insert into data_location (id, site_id, name, location_type, storage_type, path, priority, active,
                                   version, created_at, created_by, modified_at, modified_by, transaction_id)
        values (9001, 9001, 'disk', 'source', 'disk', '/data', 1, true, 1, now(), 'a', now(), 'a', gen_random_uuid()) on conflict do nothing;
        insert into executed_obs_unit (id, obs_unit_id, status, start_time, version, created_at, created_by, modified_at, modified_by, transaction_id)
        values (opsdb_first_uuid({year}), 1, 'running', now(), 1, now(), 'a', now(), 'a', gen_random_uuid()) on conflict do nothing;
        insert into raw_data_file (id, executed_obs_unit_id, instrument_module_id, source_location_id, relative_path, size_bytes, checksum,
                                   checksum_algorithm, recorded_at, version, created_at, created_by, modified_at, modified_by, transaction_id)
        values (concat(left(opsdb_first_uuid({year})::text, 24), left(md5(clock_timestamp()::text), 12))::uuid, opsdb_first_uuid({year}), 1, 9001, '{path}', 1,
                sha256('a'), 'sha256', now(), 1, now(), 'a', now(), 'a', gen_random_uuid());
        """);
}
