using System.Diagnostics;
using System.Runtime.InteropServices;
using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>The data API as processes, as it is deployed.</summary>
public sealed class ProcessTests : FaultFixture
{
    [Test]
    public async Task A_process_that_is_told_to_stop_finishes_what_it_has_begun_within_ten_seconds()
    {
        await using var process = await ApiProcess.StartAsync(Installation.SecondarySettings(), Ports.Next());
        using var done = new CancellationTokenSource();
        var taken = Enumerable.Range(0, 8).Select(_ => WriteUntilRefusedAsync(process.Api)).ToList();
        await Eventually.TrueAsync(async () => await Installation.MainAsync<int>("select count(*) from executed_obs_unit") > 50, "writes flow");
        var clock = Stopwatch.StartNew();
        process.Signal(PosixSignal.SIGTERM);
        var code = await process.WaitForExitAsync(TimeSpan.FromSeconds(10));
        Assert.That(code, Is.Zero, "a clean end");
        var ids = (await Task.WhenAll(taken)).SelectMany(t => t).ToList();
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(12)));
        await Eventually.TrueAsync(async () => await Installation.ReplicaAsync<int>("select count(*) from executed_obs_unit where id = any(@ids)", new { ids = ids.ToArray() }) == ids.Count, "every acknowledged write arrives");
    }

    [Test]
    public async Task A_killed_process_loses_nothing_and_another_goes_on()
    {
        await using var process = await ApiProcess.StartAsync(Installation.SecondarySettings(), Ports.Next());
        var ids = await StartAsync(200, process.Api);
        process.KillNow();
        ids.AddRange(await StartAsync(1));
        await ConvergeAsync(ids);
    }

    [Test]
    public async Task All_mistakes_in_the_settings_are_told_at_once()
    {
        var settings = Installation.SecondarySettings();
        settings["REDIS_PORT"] = "seventy";
        settings["API_TOKEN_KEY"] = "short";
        settings["SITE_NAME"] = "Bad Name";
        settings["REDIS_PASSWORD"] = "";
        var (code, _, errors) = await ApiProcess.RunAsync(settings, "config", "check");
        Assert.That(code, Is.EqualTo(1));
        foreach (var name in (string[])["REDIS_PORT", "API_TOKEN_KEY", "SITE_NAME", "REDIS_PASSWORD"])
            Assert.That(errors, Does.Contain(name));
        Assert.That(errors, Does.Not.Contain("short"), "a secret is not shown");
        Assert.That((await ApiProcess.RunAsync(Installation.SecondarySettings(), "config", "check")).ExitCode, Is.Zero);
    }

    private static async Task<List<Guid>> WriteUntilRefusedAsync(TestApi api)
    {
        var ids = new List<Guid>();
        try
        {
            while (await api.StartExecutionAsync(1 + ids.Count % 60, Guid.NewGuid().ToString()) is { Status: 202 } answer)
                ids.Add(answer.Id);
        }
        catch (HttpRequestException)
        {
            // The process has ended; what it did not acknowledge is not counted.
        }
        return ids;
    }
}
