using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpsDb.Audit;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Audit;

/// <summary>What is found out of the audit trail, whoever changes it.</summary>
public sealed class AuditChainTests : DatabaseFixture
{
    private const string Site = "telescope";

    /// <summary>What a superuser can do, whom no trigger stops.</summary>
    private const string ByForce = "set session_replication_role = replica;";

    [Test]
    public async Task Entries_are_chained_in_the_order_in_which_they_are_committed()
    {
        await NoteAsync("a", "b", "c");
        await NoteAsync("d");
        Assert.That(await Installation.MainAsync<string>(
            """
            select string_agg(c.number || e.action, ' ' order by c.number) from audit_chain c join audit_entry e on e.id = c.entry_id
            where c.site = 'telescope'
            """), Is.EqualTo("1a 2b 3c 4d"));
        var verdict = await VerdictAsync();
        Assert.That((verdict.Fault, verdict.Entries, verdict.Head?.Number), Is.EqualTo(((string?)null, 4L, (long?)4)));
        Assert.That(ChainHead.Parse($"{verdict.Head}"), Is.EqualTo(verdict.Head));
    }

    /// <summary>Users, their roles and tokens are audited, and the template of the tests has made some.</summary>
    [Test]
    public async Task Every_site_has_a_chain_of_its_own()
    {
        await NoteAsync("a");
        var verdicts = await Check.VerifyAsync(null, [], CancellationToken.None);
        Assert.That(verdicts.Select(v => (v.Site, v.Fault)), Is.EqualTo(new[] { ("main", (string?)null), (Site, null) }));
        Assert.That(verdicts[0].Entries, Is.EqualTo(TestInstallation.AuditEntries));
    }

    [TestCase("id = gen_random_uuid()", "is missing")]
    [TestCase("at = at + interval '1 microsecond'", "was edited")]
    [TestCase("site = 'main'", "is foreign")]
    [TestCase("user_name = 'nobody'", "was edited")]
    [TestCase("user_name = null", "was edited")]
    [TestCase("token_id = gen_random_uuid()", "was edited")]
    [TestCase("action = 'other'", "was edited")]
    [TestCase("outcome = 'failed'", "was edited")]
    [TestCase("target = null", "was edited")]
    [TestCase("address = '192.0.2.8'", "was edited")]
    [TestCase("detail = detail || '{\"more\": 1}'", "was edited")]
    [TestCase("version = 2", "was edited")]
    [TestCase("created_at = created_at + interval '1 microsecond'", "was edited")]
    [TestCase("created_by = 'nobody'", "was edited")]
    [TestCase("modified_at = modified_at + interval '1 microsecond'", "was edited")]
    [TestCase("modified_by = 'nobody'", "was edited")]
    [TestCase("transaction_id = gen_random_uuid()", "was edited")]
    public async Task An_edited_entry_is_found(string edit, string fault)
    {
        await NoteAsync("a", "b", "c");
        await Installation.Main.ExecuteAsync($"{ByForce} update audit_entry set {edit} where action = 'b'");
        var verdict = await VerdictAsync();
        Assert.That((verdict.Entries, verdict.Head), Is.EqualTo((1L, (ChainHead?)null)));
        Assert.That(verdict.Fault, Does.Contain("number 2").And.Contain(fault));
    }

    [TestCase("delete from audit_entry where action = 'b'", "number 2, is missing")]
    [TestCase("delete from audit_chain where number = 2 and site = 'telescope'", "Number 2 is missing: behind 1 comes 3")]
    [TestCase("delete from audit_chain where number = 1 and site = 'telescope'", "Number 1 is missing: behind 0 comes 2")]
    [TestCase("delete from audit_chain where number = 2 and site = 'telescope'; update audit_chain set number = 2 where number = 3 and site = 'telescope'",
        "Number 2 does not follow number 1")]
    [TestCase("update audit_chain set previous_hash = sha256('') where number = 2 and site = 'telescope'", "Number 2 does not follow number 1")]
    [TestCase("update audit_chain set hash = sha256('') where number = 2 and site = 'telescope'", "number 2, was edited")]
    [TestCase("delete from audit_chain where number = 3 and site = 'telescope'", "is foreign: it is in no chain")]
    [TestCase("insert into audit_entry (id, at, site, action, outcome, version, created_at, created_by, modified_at, modified_by, transaction_id) "
        + "select gen_random_uuid(), at, site, 'mine', outcome, 1, at, 'a', at, 'a', transaction_id from audit_entry where action = 'b'",
        "is foreign: it is in no chain")]
    [TestCase("with b as (update audit_chain set number = 20 where number = 2 and site = 'telescope' returning 1), "
        + "c as (update audit_chain set number = 2 where number = 3 and site = 'telescope' returning 1) select from b, c; "
        + "update audit_chain set number = 3 where number = 20", "Number 2 does not follow number 1")]
    public async Task What_is_missing_swapped_or_added_is_found(string sql, string fault)
    {
        await NoteAsync("a", "b", "c");
        await Installation.Main.ExecuteAsync($"{ByForce} {sql}");
        Assert.That((await VerdictAsync()).Fault, Does.Contain(fault));
    }

    [Test]
    public async Task Newest_entries_that_are_gone_are_found_by_an_end_that_was_noted()
    {
        await NoteAsync("a", "b", "c");
        var noted = (await VerdictAsync()).Head!;
        await Installation.Main.ExecuteAsync(
            $"{ByForce} delete from audit_chain where number = 3 and site = 'telescope'; delete from audit_entry where action = 'c'");
        Assert.That((await VerdictAsync()).Fault, Is.Null, "nothing in the database tells");
        Assert.That((await VerdictAsync(noted)).Fault, Does.Contain("the chain ends at number 2, and number 3 was noted"));
        await NoteAsync("another");
        Assert.That((await VerdictAsync()).Fault, Is.Null);
        Assert.That((await VerdictAsync(noted)).Fault, Does.Contain("Number 3 has another hash than the one noted"));
    }

    [Test]
    public async Task An_end_that_was_noted_holds_while_entries_come()
    {
        await NoteAsync("a");
        var noted = (await VerdictAsync()).Head!;
        await NoteAsync("b");
        Assert.That((await VerdictAsync(noted)).Fault, Is.Null);
        var gone = new ChainHead("elsewhere", 1, noted.Hash);
        Assert.That((await Check.VerifyAsync(null, [gone], CancellationToken.None)).Single(v => v.Site == "elsewhere").Fault, Does.Contain("are missing"));
    }

    [TestCase("update audit_entry set user_name = 'nobody'")]
    [TestCase("delete from audit_entry")]
    [TestCase("truncate audit_entry cascade")]
    [TestCase("update audit_chain set number = number + 1")]
    [TestCase("delete from audit_chain")]
    [TestCase("truncate audit_chain")]
    public void Neither_does_the_owner_of_the_schema_change_it_by_mistake(string sql) =>
        Assert.That(async () => await Installation.Owner.ExecuteAsync(sql),
            Throws.InstanceOf<PostgresException>().With.Property("MessageText").Contains("are only ever added"));

    /// <summary>Whoever adds entries writes the chain with the rights of its owner, and must not choose which table that is.</summary>
    [Test]
    public async Task A_temporary_table_of_the_same_name_stands_in_for_nothing()
    {
        await using var connection = new NpgsqlConnection($"{Installation.Application.ToConnectionString()};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            $"""
            create temp table audit_chain (like public.audit_chain including all);
            insert into audit_entry (id, at, site, action, outcome, version, created_at, created_by, modified_at, modified_by, transaction_id)
            values (gen_random_uuid(), now(), '{Site}', 'a', 'done', 1, now(), 'a', now(), 'a', gen_random_uuid())
            """, connection);
        await command.ExecuteNonQueryAsync();
        var verdict = await VerdictAsync();
        Assert.That((verdict.Fault, verdict.Entries), Is.EqualTo(((string?)null, 1L)));
    }

    [Test]
    public async Task Many_writers_of_one_site_and_of_several_leave_whole_chains()
    {
        const int writers = 3, each = 10;
        await Task.WhenAll(((string[])[Site, "other"]).SelectMany(site => Enumerable.Range(0, writers).Select(async writer =>
        {
            for (var n = 0; n < each; n++)
                await ExecuteAsync(Transaction(Entries(site, $"{writer}.{n}")), Transaction(Entries(site, $"{writer}.{n}+")));
        })));
        var verdicts = await Check.VerifyAsync(null, [], CancellationToken.None);
        Assert.That(verdicts.Where(v => v.Site != "main").Select(v => (v.Site, v.Fault, v.Entries)),
            Is.EqualTo(new[] { ("other", (string?)null, 2L * writers * each), (Site, null, 2L * writers * each) }));
    }

    [Test]
    public async Task What_is_undone_leaves_no_gap()
    {
        await NoteAsync("a");
        await Installation.Application.ExecuteAsync(
            $"""
            begin;
            {Insert("b")};
            savepoint one;
            {Insert("c")};
            rollback to savepoint one;
            {Insert("d")};
            commit;
            begin;
            {Insert("e")};
            rollback
            """);
        await NoteAsync("f");
        var verdict = await VerdictAsync();
        Assert.That((verdict.Fault, verdict.Entries), Is.EqualTo(((string?)null, 4L)), "a, b, d, f");

        static string Insert(string action) =>
            $"""
            insert into audit_entry (id, at, site, action, outcome, version, created_at, created_by, modified_at, modified_by, transaction_id)
            values (gen_random_uuid(), now(), '{Site}', '{action}', 'done', 1, now(), 'a', now(), 'a', gen_random_uuid())
            """;
    }

    private AuditCheck Check => Services.GetRequiredService<AuditCheck>();

    private async Task<ChainVerdict> VerdictAsync(params ChainHead[] heads) => (await Check.VerifyAsync(Site, heads, CancellationToken.None)).Single();

    private Task NoteAsync(params string[] actions) => ExecuteAsync(Transaction(Entries(Site, actions)));

    private static Changes Entries(string site, params string[] actions)
    {
        var changes = new Changes();
        foreach (var action in actions)
        {
            changes.Create(new AuditEntry
            {
                Id = Guid.CreateVersion7(),
                At = Instant.Round(DateTimeOffset.UtcNow),
                Site = site,
                UserName = "ürsula",
                TokenId = Guid.CreateVersion7(),
                Action = action,
                Target = "api_token/\"1\"",
                Address = "192.0.2.7",
                Detail = JsonElement.Parse("""{"fields":["a","b"],"count":1.50}"""),
            });
        }
        return changes;
    }
}
