using System.Text.RegularExpressions;
using OpsDb.Migrations;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Migrations;

/// <summary>An installation whose schema Entity Framework made.</summary>
public sealed class TakeOverTests : DatabaseFixture
{
    private static readonly string[] New =
    [
        "202611270300_add_token_key", "202611270310_name_migrations_as_before", "202611271000_index_ends_and_places", "202611271100_keep_row_history",
        "202611271400_create_locations", "202611271410_create_raw_data", "202611271500_comment_every_column", "202611271505_index_open_packages",
        "202611271510_make_partitions_ahead", "202611271520_add_provenance", "202611271600_create_data_transfer_packages",
        "202611271610_create_physical_copies", "202611271620_create_transfers", "202611271630_rule_deletions", "202611271640_create_obscore",
        "202611271650_let_packed_files_change", "202611271700_complete_sources", "202611271710_complete_observatories",
        "202611271720_complete_planning", "202611271730_record_conditions", "202611281000_create_users",
        "202611281100_create_platform",
        "202611281200_keep_audit_trail",
        "202611290000_create_site_memory",
        "202611290010_create_sessions",
        "202611290100_create_user_identities",
        "202611290110_keep_provider_keys",
        "202611290120_create_device_authorizations",
        "202611290200_keep_data_for_programs",
        "202611290300_create_notices",
        "202611300000_deliver_notices",
        "202611300010_create_work_items",
        "202611300020_tell_events",
        "202611300030_create_webhooks",
        "202611300040_tell_progress",
    ];

    private static readonly string[] NewSequences =
    [
        "row_history", "site_id_seq", "data_location_id_seq", "data_transfer_route_id_seq", "config_schema_id_seq", "instrument_module_configuration_id_seq",
        "sub_observing_program_id_seq", "program_member_id_seq", "observation_configuration_id_seq", "obs_unit_module_configuration_id_seq",
        "pre_scheduled_slot_id_seq", "app_user", "public.role", "user_role", "user_group_id_seq", "group_member_id_seq",
        "user_identity_id_seq", "notice_id_seq", "outbox_event_number_seq", "webhook_id_seq",
    ];

    [TestCase(false)]
    [TestCase(true)]
    public async Task It_is_taken_over_without_loss(bool byScript)
    {
        await using var old = await OwnDatabase.RestoreAsync(Installation);
        var rows = await old.RowsAsync();
        if (byScript)
            Assert.That((await old.PsqlAsync(Migrator.Script())).Errors, Does.Not.Contain("ERROR"));
        else
            Assert.That(await old.MigrateAsync(), Is.EqualTo(New));
        await using var fresh = await OwnDatabase.CreateAsync(Installation);
        await fresh.MigrateAsync();
        Assert.That(await old.SchemaAsync(), Is.EqualTo(await fresh.SchemaAsync()));
        Assert.That(await old.VersionsAsync(), Is.EqualTo(await fresh.VersionsAsync()));
        // Columns and tables that are newer are empty, or what they are when nobody has said.
        Assert.That((await old.RowsAsync()).Where(r => !NewSequences.Any(s => r.Contains(s, StringComparison.Ordinal))).Select(WithoutEnd),
            Is.EqualTo(rows.Select(WithoutEnd)));
        Assert.That(rows, Has.Length.GreaterThan(50));
        Assert.That(await old.MigrateAsync(), Is.Empty);

        static string WithoutEnd(string row) => Regex.Replace(row, @"(, (NULL|true))+\);$", ");");
    }

    [Test]
    public async Task Whoever_had_tokens_is_a_user_whose_roles_permit_what_they_do()
    {
        await using var old = await OwnDatabase.RestoreAsync(Installation);
        await old.MigrateAsync();
        const string roles = "select string_agg(r.name, ',') from app_user u join user_role l on l.app_user_id = u.id join role r on r.id = l.role_id "
            + "where u.name = 'instrument-team' and u.kind = 'service'";
        Assert.That(await old.Application.QueryAsync<string>(roles), Is.EqualTo("service"));
    }

    [Test]
    public async Task Processes_of_the_release_before_go_on_finding_their_migrations()
    {
        await using var old = await OwnDatabase.RestoreAsync(Installation);
        await old.MigrateAsync();
        const string asTheyAsk = "select exists (select from schema_migration where \"MigrationId\" = '202611212320_keep_answers_as_written')";
        Assert.That(await old.Application.QueryAsync<bool>(asTheyAsk));
    }

    [Test]
    public async Task One_whose_history_this_release_does_not_know_is_refused_and_stays_as_it_is()
    {
        await using var old = await OwnDatabase.RestoreAsync(Installation);
        await old.ExecuteAsync("insert into schema_migration values ('299901010000_see_the_future', '10.0.0')");
        var schema = await old.SchemaAsync();
        var e = await Assert.ThrowsAsync<MigrationException>(old.MigrateAsync);
        Assert.That(e!.Message, Does.StartWith("The database has the migration 299901010000_see_the_future, which this release does not know"));
        Assert.That(await old.SchemaAsync(), Is.EqualTo(schema));
    }
}
