using FluentMigrator;
using OpsDb.Migrations;

namespace OpsDb.DbTests.Migrations;

public sealed class ReleasedMigrationTests
{
    /// <summary>Databases have these checksums: a line is added with a migration and never changed.</summary>
    private static readonly Dictionary<string, string> Released = new()
    {
        ["202611210900_create_transactions"] = "c02e71464688f4422f8863cfd482c1a388bb20dff942b556b610b1c3b7addc42",
        ["202611210910_create_catalogue"] = "fb3633442101e0fa89fd63d5bf2b06ba2d1b774c31bd0120775d5ca367ad0f79",
        ["202611210920_create_executions"] = "d5fbcd4acc1bac141af4691ed317478319a3ba0ff838d93ed992d22d67756bed",
        ["202611210930_create_tokens"] = "2a1b1582b20afa6c1b29346963225f61ed103f9ee7aa5ccd2f0ad78865d42cca",
        ["202611211500_hold_refused_transactions"] = "f74fca2bf7562d1498a733e6188e2f9fed8d59f5fe1cb9564407212a28ae98da",
        ["202611211530_begin_log_anew"] = "081a2e1913e823ba51ad67113ba489b989ff7871d9cf38fb5484ff9783ac40e4",
        ["202611212230_name_first_missing"] = "1b3aabef1af4c266c5e5ecab1c5fad96e325e9ce458128b3ef2aa332ad26afe8",
        ["202611212320_keep_answers_as_written"] = "e352587ad53b06434865c8455d1b8e832b49a01c3707f1ab19df68f551dad01d",
        ["202611270300_add_token_key"] = "12ff7896fb274980b42667afbf0f42885a4668273fcfdc20ec84d58fd59975e4",
        ["202611270310_name_migrations_as_before"] = "c8cb2955cffceee7e42d0bca8e20a8e0151b803534d3474523d733f63620407a",
        ["202611271000_index_ends_and_places"] = "9a5081ac4823760a88f8a6a8be8a93f9feda2eacafdce0f5fd1dbd1e3b4d15e5",
        ["202611271100_keep_row_history"] = "2b044ba930bbbaf65aa696fd8e83637e88f9a231b680ddf50e9cdf3015165e3b",
        ["202611271400_create_locations"] = "103aafdefa3ae257014f97d53195afa1c5e298c3d7edf6d70e1c73e9b108b975",
        ["202611271410_create_raw_data"] = "173aa0423efb9c5c00ea7155bca3b12eb9bf6184dcdd0423b501ed5962efc49f",
        ["202611271500_comment_every_column"] = "bcd4cda37f4666cb58698d46d1ec019f051faeb10fde8b222c6002d7cee0766a",
        ["202611271505_index_open_packages"] = "f7971f167cc26d696eb76f6ea04d97b3e0f2c873a9c34746cc55ae89b3e9e109",
        ["202611271510_make_partitions_ahead"] = "62ff51c400ef60e95fb1aef3f2d71c106dc4f03ca16a80948b21d097633b70f0",
        ["202611271520_add_provenance"] = "eaac8d3982cc8bfd647d806202277be41bbdf555612af6761889f21899ae217c",
        ["202611271600_create_data_transfer_packages"] = "326e1b98867e3abfabca36890aa2671f3f102231bac0b5a5d43f3604d9f71bff",
        ["202611271610_create_physical_copies"] = "c0fede230939a94bf94bdbc8a8cb71c98a21b24b05c4d8408398a8e7bc51c32b",
        ["202611271620_create_transfers"] = "1824e8c03acb37651d07769e6b702befdb992a30f39dca90fa573bef2cbd0126",
        ["202611271630_rule_deletions"] = "a3db523ffc5defd7d9f61f12d9a88dc048619f0c030e940e1bf9f3b191728940",
        ["202611271640_create_obscore"] = "e30dd2d5fdb4b79afd2feed903c20174c062b5bf861e4794b78fd0e5252b88ef",
        ["202611271650_let_packed_files_change"] = "b2d48d84951d6cc567911fb4acf89f8ba6a3162f27bc285a355cc86e600c1544",
        ["202611271700_complete_sources"] = "1aee3915f35fcd0edaae5809ec8bc6e00932089c5c2641030d4bd0311bdd0714",
        ["202611271710_complete_observatories"] = "00cf125fefb22ef7d4f7cc9905266995be1cc6205d95691875713e6c30665036",
        ["202611271720_complete_planning"] = "77ecfddffa509c47b4dabc172bb68d9ac86ea243e5ab57991be4cc7e49ce354f",
        ["202611271730_record_conditions"] = "4f2e98a7371c74f89cf915f10389264816889a5a881594bc3647df9b3328a0cc",
        ["202611281000_create_users"] = "ca0f0ce051b661fbf68e312b596f428bb947270fac22a1b85fa7aceb8072c801",
        ["202611281100_create_platform"] = "cfb54b4d30a16f80afe25e135a32e2d63a99e951ef2c645bdbcd2d3a82dab3e5",
        ["202611281200_keep_audit_trail"] = "27794d29ca8421b9a8742055225ad1a834e7bdcecbc8f53bd92c278926cd72f7",
        ["202611290000_create_site_memory"] = "12e3bc9dfa44a62401cff37f734164988cbacab2e0a34ced7f1404285162eeb1",
        ["202611290010_create_sessions"] = "4cf3d32dd0cc10d43878b52f1e617ae5466b8f602a758eb7e2d501c3596732fb",
        ["202611290100_create_user_identities"] = "9455fd1722e3a4ccfb6456f1ed06f14f8a465e24c5ccae0cf5acba32139b2f8b",
        ["202611290110_keep_provider_keys"] = "82ab6c1f4fe6d14c8607776a56d5e4235f02bdf0299e45ab835a9cdef46fe21b",
        ["202611290120_create_device_authorizations"] = "c68f36cfc780f8a9aea2dd06550b36a8a1ed9e4a88ac89e97b4b8c6c622656f0",
        ["202611290200_keep_data_for_programs"] = "527aebc9ada0d8d7c2f9e2c85022859e8af2bf854478c10aacc37b197e6debb3",
        ["202611290300_create_notices"] = "875531cbb035640b51d0cb74cb028291387c49f0e0a6ec130591e28924c62883",
        ["202611300000_deliver_notices"] = "7ef0d668b847e3c38a8b776e5d3e094126566e51195161fcb3e485998f4b0999",
        ["202611300010_create_work_items"] = "77f23d9f5a6c9a20a28ca2b27538954e8cb73a1ee85b0b30333a2aeb1c036152",
        ["202611300020_tell_events"] = "a62142f12d4d7a280151d12b2b666167f387432737c7c86e85a0aa0fb8eafffa",
        ["202611300030_create_webhooks"] = "ffa6c26145401c2ab1adb30eee81a508377e90e83ff2797a8edde9a18fe60939",
        ["202611300040_tell_progress"] = "095e94c176b58c5200b0bafbd4f1a8f79b8696404245ba9de4efa686b69153c5",
    };

    [Test]
    public void No_migration_is_edited() =>
        Assert.That(KnownMigration.All.ToDictionary(m => m.ToString(), m => m.Checksum), Is.EqualTo(Released));

    [Test]
    public void Neither_line_ends_nor_blanks_at_the_end_of_a_line_change_a_checksum()
    {
        var checksum = KnownMigration.ChecksumOf("create table a (\n  n int\n);");
        Assert.That(KnownMigration.ChecksumOf("create table a (  \r\n  n int\r\n);\r\n"), Is.EqualTo(checksum));
        Assert.That(KnownMigration.ChecksumOf("create table a (\n n int\n);"), Is.Not.EqualTo(checksum));
    }

    /// <summary>FluentMigrator passes over a class that is not public, without a word.</summary>
    [Test]
    public void Every_migration_is_public_and_made_of_SQL() =>
        Assert.That(
            typeof(Migrator).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(MigrationBase)) && !t.IsAbstract),
            Is.All.Matches<Type>(t => t!.IsPublic && t.IsSubclassOf(typeof(SqlMigration))));
}
