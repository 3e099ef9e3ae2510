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
        await Eventually.TrueAsync(async () => await Installation.MainHasAsync() > 50, "writes flow");
        var clock = Stopwatch.StartNew();
        process.Signal(PosixSignal.SIGTERM);
        var code = await process.WaitForExitAsync(TimeSpan.FromSeconds(10));
        Assert.That(code, Is.Zero, "a clean end");
        var ids = (await Task.WhenAll(taken)).SelectMany(t => t).ToList();
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(12)));
        await Eventually.TrueAsync(async () => await Installation.ReplicaHasAsync(ids) == ids.Count, "every acknowledged write arrives");
    }

    [TestCase(LinkState.Up)]
    [TestCase(LinkState.Down)]
    [TestCase(LinkState.Hanging)]
    public async Task A_process_that_is_told_to_stop_gives_its_turn_back(LinkState link)
    {
        await Site.DisposeAsync();
        await RedisAsync("DEL", "processor");
        await using var process = await ApiProcess.StartAsync(Installation.SecondarySettings(), Ports.Next());
        await Eventually.TrueAsync(IsTakenAsync, "it has the turn");
        if (link == LinkState.Down)
            Servers.Relay.Down();
        if (link == LinkState.Hanging)
            Servers.Relay.Hang();
        await StartAsync(1, process.Api);
        process.Signal(PosixSignal.SIGTERM);
        Assert.That(await process.WaitForExitAsync(TimeSpan.FromSeconds(15)), Is.Zero);
        Assert.That(await IsTakenAsync(), Is.False, "its successor need not wait until a term is over");

        async Task<bool> IsTakenAsync() => (bool)await RedisAsync("EXISTS", "processor");
    }

    [Test]
    public async Task Of_two_finishes_that_arrive_at_once_at_two_processes_one_wins()
    {
        await using var one = await ApiProcess.StartAsync(Installation.SecondarySettings(), Ports.Next());
        await using var two = await ApiProcess.StartAsync(Installation.SecondarySettings(), Ports.Next());
        foreach (var id in await StartAsync(20, one.Api))
        {
            string Path() => $"/api/v1/executions/{id}/finish";
            var apart = await Task.WhenAll(
                one.Api.PostAsync(Path(), new { comment = "a" }, $"a {id}"), two.Api.PostAsync(Path(), new { comment = "b" }, $"b {id}"));
            Assert.That(apart.Select(a => a.Status).Order(), Is.EqualTo(new[] { 202, 409 }), string.Join('\n', apart.Select(a => a.ToString())));
            var key = apart[0].Status == 202 ? "a" : "b";
            var again = await Task.WhenAll(
                one.Api.PostAsync(Path(), new { comment = key }, $"{key} {id}"), two.Api.PostAsync(Path(), new { comment = key }, $"{key} {id}"));
            Assert.That(again.Select(a => a.Body.ToString()), Is.All.EqualTo(apart.Single(a => a.Status == 202).Body.ToString()));
        }
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
