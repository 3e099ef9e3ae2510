using OpsDb.TestKit;

namespace OpsDb.DbTests.Migrations;

/// <summary>A process whose database lacks the newest migration is not ready, and says what to do.</summary>
public sealed class SchemaHealthTests : DatabaseFixture
{
    [Test]
    public async Task A_database_without_the_newest_migration()
    {
        await Installation.Owner.ExecuteAsync(
            "delete from opsdb_migrations.applied_migration where version = (select max(version) from opsdb_migrations.applied_migration)");
        await RequireLackingAsync(Installation.Database);
    }

    [Test]
    public async Task A_database_that_only_an_earlier_release_has_migrated()
    {
        await using var old = await OwnDatabase.RestoreAsync(Installation);
        await RequireLackingAsync(old.Name);
    }

    private async Task RequireLackingAsync(string database)
    {
        await using var api = await TestApi.StartUnreadyAsync(new(Installation.MainSettings()) { ["MAIN_DB_NAME"] = database, ["LOCAL_DB_NAME"] = database });
        var problems = (await api.GetAsync("/health")).Problems;
        Assert.That(problems, Does.Contain("does not have the schema of this release; run migrate"));
        Assert.That((await api.GetAsync("/health/ready")).Status, Is.EqualTo(503));
    }
}
