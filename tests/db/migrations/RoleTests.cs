using Npgsql;
using OpsDb.Migrations;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Migrations;

/// <summary>What the role of the processes may do, and who is told when it may do more.</summary>
public sealed class RoleTests : DatabaseFixture
{
    private const string Denied = "42501";

    [TestCase("drop table executed_obs_unit")]
    [TestCase("drop table applied_transaction cascade")]
    [TestCase("drop view schema_migration")]
    [TestCase("drop function opsdb_expect")]
    [TestCase("drop schema opsdb_migrations cascade")]
    [TestCase("alter table source add column mine int")]
    [TestCase("alter table applied_transaction disable trigger all")]
    [TestCase("alter table executed_obs_unit owner to current_user")]
    [TestCase("create index on source (comment)")]
    [TestCase("create table mine (n int)")]
    [TestCase("create schema mine")]
    [TestCase("truncate executed_obs_unit")]
    [TestCase("truncate applied_transaction cascade")]
    [TestCase("truncate held_transaction")]
    [TestCase("truncate transaction_intervention")]
    [TestCase("delete from applied_transaction")]
    [TestCase("update applied_transaction set id = id")]
    [TestCase("update applied_transaction set actor = 'nobody'")]
    [TestCase("update applied_transaction set answer = null")]
    [TestCase("update applied_transaction set occurred_at = now()")]
    [TestCase("update applied_transaction set outcome = 'applied', kind = 'other'")]
    [TestCase("delete from transaction_intervention")]
    [TestCase("update transaction_intervention set note = 'nothing happened'")]
    [TestCase("update row_history set row = '{}'")]
    [TestCase("delete from row_history")]
    [TestCase("truncate row_history")]
    [TestCase("alter table source disable trigger keep_changed")]
    [TestCase("update audit_entry set user_name = 'nobody'")]
    [TestCase("delete from audit_entry")]
    [TestCase("truncate audit_entry cascade")]
    [TestCase("insert into audit_chain select site, number + 1, gen_random_uuid(), hash, hash from audit_chain")]
    [TestCase("update audit_chain set hash = previous_hash")]
    [TestCase("delete from audit_chain")]
    [TestCase("truncate audit_chain")]
    [TestCase("alter table audit_entry disable trigger all")]
    [TestCase("set session_replication_role = replica")]
    [TestCase("delete from site_watermark")]
    [TestCase("insert into opsdb_migrations.applied_migration values (1, 'mine', '')")]
    [TestCase("update opsdb_migrations.applied_migration set checksum = ''")]
    [TestCase("delete from opsdb_migrations.applied_migration")]
    [TestCase("select opsdb_migrations.grant_rights()")]
    [TestCase("select setval('source_id_seq', 1)")]
    [TestCase("select opsdb_partition_years(1997, 1997)")]
    public async Task The_application_may_not(string sql)
    {
        var refusal = "";
        try
        {
            await Installation.Application.ExecuteAsync($"begin; {sql}");
        }
        catch (PostgresException e)
        {
            refusal = e.SqlState;
        }

        Assert.That(refusal, Is.EqualTo(Denied));
    }

    [TestCase("update applied_transaction set outcome = 'discarded', applied_at = now() where false")]
    [TestCase("delete from held_transaction where false")]
    [TestCase("delete from source where false")]
    [TestCase("select nextval(pg_get_serial_sequence('source', 'id'))")]
    [TestCase("select opsdb_expect(1, 1, 'OD001', 'a', 'b')")]
    [TestCase("select pg_terminate_backend(pid) from pg_stat_activity where usename = current_user and false")]
    [TestCase("select version from opsdb_migrations.applied_migration")]
    public Task The_application_may(string sql) => Installation.Application.ExecuteAsync(sql);

    /// <summary>A table that is neither an entity's nor named in the rights fails here.</summary>
    [Test]
    public async Task The_application_can_read_every_table() =>
        Assert.That(await Installation.MainAsync<string>(
            """
            select string_agg(oid::regclass::text, ', ') from pg_class
            where relnamespace in ('public'::regnamespace, 'opsdb_migrations'::regnamespace) and relkind in ('r', 'p', 'v')
              and not has_table_privilege('opsdb_application', oid, 'select')
            """), Is.Null);

    [Test]
    public async Task A_role_with_its_rights_and_no_more_is_worth_no_word() =>
        Assert.That(await AdviceAsync(Installation.Application.User), Is.Null);

    [Test]
    public async Task An_application_that_owns_the_schema_is_told_of() =>
        Assert.That(await AdviceAsync(Installation.Owner.User), Does.Contain("which the processes use, owns the schema"));

    [Test]
    public async Task An_application_without_rights_is_told_what_to_grant() =>
        Assert.That(await AdviceAsync("pg_monitor"), Does.Contain("grant opsdb_application to it"));

    [Test]
    public async Task An_application_that_does_not_exist_is_told_of() =>
        Assert.That(await AdviceAsync("nobody"), Does.StartWith("There is no role nobody"));

    /// <summary>As docs/operations.md says.</summary>
    [Test]
    public async Task An_installation_with_one_role_goes_on_working_and_can_be_split()
    {
        await using var database = await OwnDatabase.CreateAsync(Installation);
        var (one, owner) = (Installation.Application.User, Installation.Owner.User);
        await database.Admin.ExecuteAsync($"alter database {database.Name} owner to {one}");
        await Migrator.MigrateAsync(database.Application.ToConnectionString(), CancellationToken.None);
        await database.Application.ExecuteAsync(
            """
            insert into obs_mode (name, version, created_at, created_by, modified_at, modified_by, transaction_id)
            values ('a', 1, now(), 'a', now(), 'a', gen_random_uuid())
            """);
        Assert.That(await AdviceAsync(one, database.Application), Does.Contain("owns the schema"));

        await database.Admin.ExecuteAsync($"begin; reassign owned by {one} to {owner}; set role {owner}; select opsdb_migrations.grant_rights(); commit");
        Assert.That(await AdviceAsync(one, database.Owner), Is.Null);
        Assert.That(await database.Application.QueryAsync<string>("select name from obs_mode"), Is.EqualTo("a"));
        await using var fresh = await OwnDatabase.CreateAsync(Installation);
        await fresh.MigrateAsync();
        Assert.That(await database.SchemaAsync(), Is.EqualTo(await fresh.SchemaAsync()));
    }

    [Test]
    public void The_owner_is_given_with_a_password_or_not_at_all()
    {
        var settings = new Dictionary<string, string>(Installation.MainSettings()) { ["MIGRATE_DB_USER"] = "opsdb_owner" };
        Assert.That(() => TestApi.Read(settings), Throws.Exception.With.Message.Contains("MIGRATE_DB_USER and MIGRATE_DB_PASSWORD are given together"));
        settings["MIGRATE_DB_PASSWORD"] = "secret";
        var database = TestApi.Read(settings).Database;
        Assert.That(new NpgsqlConnectionStringBuilder(database.Owner).Username, Is.EqualTo("opsdb_owner"));
        Assert.That(new NpgsqlConnectionStringBuilder(database.Main).Username, Is.EqualTo(database.Role).And.EqualTo(Installation.Application.User));
    }

    private Task<string?> AdviceAsync(string role, PostgresAddress? owner = null) =>
        Migrator.AdviceAsync($"{(owner ?? Installation.Owner).ToConnectionString()};Pooling=false", role, CancellationToken.None);
}
