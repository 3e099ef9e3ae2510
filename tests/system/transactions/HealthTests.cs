using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>What operators are told is what is the matter.</summary>
public sealed class HealthTests : ReadFixture
{
    [Test]
    public async Task A_main_database_that_refuses_says_why()
    {
        await Site.DisposeAsync();
        await RedisAsync("DEL", "processor");
        var api = await Installation.StartSecondaryAsync(("MAIN_DB_HOST", Installation.Replica.Host), ("MAIN_DB_PORT", $"{Installation.Replica.Port}"));
        await StartAsync(1, api);
        await Eventually.TrueAsync(async () => (await ProblemsAsync(api)).Contains("SQLSTATE 25006: cannot execute"), "the reason");
    }

    private static async Task<string> ProblemsAsync(TestApi api) => string.Join('\n', (await api.GetAsync("/health")).Body.GetProperty("problems").EnumerateArray().Select(p => p.GetString()));
}
