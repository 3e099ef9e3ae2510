namespace OpsDb.DbTests.Migrations;

public sealed class ColumnTests : DatabaseFixture
{
    /// <summary>A field that was added to a record without a migration, or the other way round, fails here.</summary>
    [Test]
    public async Task Every_table_has_the_columns_of_its_record()
    {
        foreach (var table in Tables)
        {
            var columns = await Installation.MainAsync<string>(
                """
                select string_agg(column_name, ',' order by column_name) from information_schema.columns
                where table_schema = 'public' and table_name = @name and is_generated = 'NEVER'
                """,
                new { name = table.Name });
            Assert.That(columns!.Split(','), Is.EquivalentTo(table.Columns.Select(c => c.Name).Append("transaction_id")), table.Name);
        }
    }
}
