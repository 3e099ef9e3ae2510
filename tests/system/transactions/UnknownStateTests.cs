using System.Diagnostics;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>Consistency tokens of states that can never come: nobody is told to try again for ever.</summary>
public sealed class UnknownStateTests : ReadFixture
{
    private static readonly string NoEpoch = $"{Guid.CreateVersion7():n}";

    [Test]
    public async Task A_token_of_what_the_installation_does_not_know_is_refused_for_good_and_at_once()
    {
        var here = await Site.StartExecutionAsync();
        await ConvergeAsync([here.Id]);
        var token = here.Header("OpsDb-Consistency")!.Split(':');
        string[] never =
        [
            // Another site that was never seen, another epoch of this one, and a place beyond all that was written.
            $"nowhere:{NoEpoch}:7:{token[3]}:0/0", $"{Installation.SiteName}x:{token[1]}:1:{token[3]}:0/0", $"main:-:0:{token[3]}:FFFFFFFF/FFFFFFFF",
                $"{token[0]}:{token[1]}:{token[2]}:{token[3]}:FFFFFFFF/0",
        ];
        foreach (var api in (TestApi[])[Site, Main])
        {
            foreach (var text in never)
            {
                var clock = Stopwatch.StartNew();
                var refused = await DemandAsync(api, Lists, text, "wait=20");
                Assert.That((refused.Status, refused.Problem), Is.EqualTo((412, "consistency-lost")), $"{text}: {refused}");
                Assert.That(refused.Header("Retry-After"), Is.Null);
                Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(10)), "it is not waited for");
            }
        }
        Assert.That((await DemandAsync(Main, Lists, $"{token[0]}:{NoEpoch}:1:{token[3]}:0/0")).Problem, Is.EqualTo("consistency-lost"));
        Assert.That((await DemandAsync(Main, Lists, string.Join(':', token), "wait=20")).Status, Is.EqualTo(200), "what is known comes");
    }

    [Test]
    public async Task Without_the_main_database_it_is_not_known_what_will_come()
    {
        Servers.Relay.Down();
        var refused = await DemandAsync(Site, Lists, "main:-:0:1:FFFFFFFF/0");
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((503, "not-yet-consistent")), refused.ToString());
    }

    [TestCase("Main:-:0:1:0/0")]
    [TestCase("ma in:-:0:1:0/0")]
    [TestCase("a_name_of_more_than_thirty_one_letters:-:0:1:0/0")]
    public async Task What_names_no_site_is_no_token(string text) =>
        Assert.That((await DemandAsync(Site, Lists, text)).Problem, Is.EqualTo("malformed-header"));
}
