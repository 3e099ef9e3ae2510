using Npgsql;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>One id is given to a row at the site and to another one at main.</summary>
public sealed class TwinTests : ReadFixture
{
    [Test]
    public async Task A_list_shows_one_row_where_the_site_and_main_have_given_one_id_twice()
    {
        await ConvergeAsync(await StartAsync(1));
        var id = Guid.CreateVersion7();
        // While the site's watermark is locked its log waits, and the replica goes on.
        await using var main = new NpgsqlConnection(Installation.Main.ToConnectionString());
        await main.OpenAsync();
        await using (var transaction = await main.BeginTransactionAsync())
        {
            await using (var locked = new NpgsqlCommand("select 1 from site_watermark for update", main, transaction))
                await locked.ExecuteNonQueryAsync();
            var (here, there) = (await CreateAsync(Site, id, "site"), await CreateAsync(Main, id, "main"));
            Assert.That((here.Status, there.Status), Is.EqualTo((202, 201)), $"{here} {there}");
            await Eventually.TrueAsync(async () => await Installation.ReplicaHasAsync([id]) == 1, "the replica has the one of main");

            foreach (var list in (string[])[Lists, "/api/v1/executions", $"{Lists}&sort=start_time&limit=2"])
            {
                var shown = await Site.GetAsync(list);
                Assert.That(shown.Items.Where(r => r.GetProperty("id").GetGuid() == id).Select(r => r.GetProperty("comment").GetString()),
            Is.EqualTo(new[] { "site" }), shown.ToString());
                Assert.That(shown.Items.Count(), Is.EqualTo(2));
                if (list.Contains("count", StringComparison.Ordinal))
                    Assert.That(shown.Total, Is.EqualTo(2));
            }
        }
        await Eventually.TrueAsync(async () => (await Site.GetAsync("/api/v1/transactions?state=failed")).Items.Any(), "main refuses the site's");
    }

    private static Task<TestAnswer> CreateAsync(TestApi api, Guid id, string comment) =>
        api.PostAsync("/api/v1/executions", new { id, obs_unit_id = 1, comment });
}
