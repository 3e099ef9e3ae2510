using OpsDb.Transactions;

namespace OpsDb.DbTests.Transactions;

/// <summary>What decisions read is looked up, however few rows there were when it was planned.</summary>
public sealed class SharedReadTests : IdleSiteFixture
{
    [Test]
    public async Task Rows_and_keys_are_looked_up_also_by_plans_that_were_made_for_empty_tables()
    {
        var rows = await ExplainAsync("rows (uuid[])", "select * from executed_obs_unit where id = any($1)", "'{}'");
        Assert.That(rows, Does.Contain("Index Cond: (id = ANY ($1))"));
        var keys = Keys.FindManyBufferedSql.Replace("@actors", "$1", StringComparison.Ordinal)
            .Replace("@used", "$2", StringComparison.Ordinal)
            .Replace("@site", "$3", StringComparison.Ordinal);
        Assert.That(await ExplainAsync("keys (text[], text[], text)", keys, "'{}', '{}', ''"),
            Does.Contain("Index Cond: ((site = $3) AND (actor = unnest.unnest) AND (idempotency_key = unnest.unnest_1))"));
    }

    private async Task<string> ExplainAsync(string statement, string sql, string values)
    {
        await using var session = await Databases.LocalByKeyAsync(CancellationToken.None);
        await session.ExecuteAsync($"prepare {statement} as {sql}", null, CancellationToken.None);
        return string.Join('\n', await session.QueryAsync<string>($"explain execute {statement.Split(' ')[0]}({values})", null, CancellationToken.None));
    }
}
