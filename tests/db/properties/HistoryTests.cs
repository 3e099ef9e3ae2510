using Dapper;
using Npgsql;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.DbTests.Properties;

/// <summary>What was recorded is what was stored then. How a failure is run again: <see cref="Property"/>.</summary>
public sealed class HistoryTests : PropertyFixture
{
    [Test]
    public async Task The_rows_as_of_any_moment_are_those_that_were_stored_then()
    {
        await using var connection = new NpgsqlConnection($"{Installation.Main.ToConnectionString()};Pooling=false");
        await connection.OpenAsync();
        foreach (var entity in Entity.All)
            await connection.ExecuteAsync($"select opsdb_keep_history('unconstrained.{entity}')");
        var executor = new Executor(Tables);
        Property.Holds(cases: 200, most: 12, async rolls =>
        {
            await connection.ExecuteAsync(
                $"{string.Concat(Entity.All.Select(e => $"truncate unconstrained.{e};"))} truncate row_history, applied_transaction cascade");
            var history = History.Of(rolls, [Entity.All[0], rolls.Subject.Of([.. Entity.All.Skip(1)])]);
            var moments = new List<DateTimeOffset> { await NowAsync(connection) };
            foreach (var entry in history.Transactions)
            {
                await using (var batch = new NpgsqlBatch(connection))
                {
                    // As the processor does it, and as it does when it tries one by itself.
                    if (rolls.Subject.Once(of: 2))
                        executor.Append(batch, entry);
                    else
                    {
                        executor.AppendSteps(batch, entry);
                        Executor.AppendRecords(batch, [entry], "applied");
                    }
                    await batch.ExecuteNonQueryAsync();
                }
                moments.Add(await NowAsync(connection));
            }
            for (var i = 0; i < moments.Count; i++)
            {
                foreach (var entity in history.Entities)
                {
                    var sql = $"{ListSql.Select(entity.Table, HistorySql.RowsAsOf(entity.Table))} order by id";
                    var rows = (await connection.QueryAsync(entity.RowType, sql, new { as_of = moments[i] })).Cast<Row>().ToList();
                    var expected = history.States[i].Of(entity).ToHashSet(SameRows.Comparer);
                    Property.Require(rows.Count == expected.Count && expected.SetEquals(rows),
                        () => $"{string.Join("\n", rows)}\nare not\n{string.Join("\n", expected)}\nof {entity} after {i} of\n{history}");
                }
            }
        });
    }

    private static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection) =>
        new(await connection.ExecuteScalarAsync<DateTime>("select clock_timestamp()"));
}
