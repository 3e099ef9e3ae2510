using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.Transfers;

namespace OpsDb.DbTests.Jobs;

/// <summary>The ways that bundles take.</summary>
public sealed class RouteTests : ArchivesFixture
{
    [Test]
    public async Task By_a_relay_a_bundle_goes_over_the_site_between_and_leaves_the_telescope_once()
    {
        var camp = Sites["camp"] = await SubmitAsync(new CreateSite("The camp", "camp"));
        var between = await LocationAsync("input_buffer", LocationType.Buffer, camp);
        var route = await RouteAsync("by_the_camp", "valley", RouteType.Relay, r => r with { RelaySiteId = camp.Id });
        await WriteAsync(("1.fits", "one"));
        await FlowAsync("camp");
        Assert.That(await WaysAsync(), Is.EqualTo(new[]
        {
            $"{Buffer.Id} -> {between.Id} by {route} first", $"{between.Id} -> {Archives["valley"].Buffer.Id} by {route}",
            $"{between.Id} -> {Archives["lakes"].Buffer.Id}",
        }));
        await WriteAsync(("2.fits", "two"));
        await FlowAsync("camp");
        Assert.That((await WaysAsync())[3], Is.EqualTo($"{Buffer.Id} -> {Archives["lakes"].Buffer.Id} first"), "each archive site in its turn");
    }

    [Test]
    public async Task Of_several_routes_the_first_is_taken_that_is_in_use_and_leads_there()
    {
        var spare = await LocationAsync("spare_buffer", LocationType.Buffer, Sites["valley"]);
        await RouteAsync("closed", "valley", RouteType.Direct, r => r with { Priority = 1, Active = false });
        await RouteAsync("from_elsewhere", "valley", RouteType.Custom,
            r => r with { Priority = 2, OriginLocationId = Raw.Id, DestinationLocationId = spare.Id });
        var custom = await RouteAsync("to_the_spare", "valley", RouteType.Custom,
            r => r with { Priority = 3, OriginLocationId = Buffer.Id, DestinationLocationId = spare.Id });
        await RouteAsync("ordinary", "valley", RouteType.Direct, r => r with { Priority = 4 });
        await WriteAsync(("1.fits", "one"));
        await RunAsync("package");
        await RunAsync("bundle");
        Assert.That(await WaysAsync(), Is.EqualTo(new[] { $"{Buffer.Id} -> {spare.Id} by {custom} first" }));
    }

    [Test]
    public async Task A_route_carries_as_many_transfers_at_once_as_it_may()
    {
        await RouteAsync("narrow", "valley", RouteType.Direct, r => r with { MaxParallel = 2 });
        await RouteAsync("wide", "lakes", RouteType.Direct, r => r);
        for (var n = 0; n < 8; n++)
            await WriteAsync(($"{n}.fits", $"{n}"));
        await RunAsync("package");
        await RunAsync("bundle");
        Kill.Set(0);
        await RunAsync("valley", "transfer");
        Kill.Set(null);
        await RunAsync("valley", "transfer");
        Assert.That(await Installation.MainAsync<int>("select count(*) from data_transfer where status = 'completed'"), Is.EqualTo(2));
        await RunAsync("valley", "transfer");
        Assert.That(await Installation.MainAsync<int>("select count(*) from data_transfer where status = 'completed'"), Is.EqualTo(4));
    }

    [Test]
    public async Task A_route_carries_no_more_than_its_bandwidth_and_tells_how_far_it_is()
    {
        var hours = Json.ToElement(new[] { new { from_hour = 0, to_hour = 24, bytes_per_second = 10_000 } });
        await RouteAsync("slow", "valley", RouteType.Direct, r => r with { Bandwidth = hours });
        await WriteAsync(("1.fits", "one"));
        await RunAsync("package");
        await RunAsync("bundle");
        var started = TimeProvider.System.GetTimestamp();
        var running = RunAsync("valley", "transfer");
        string? told = null;
        while (!running.IsCompleted && told is null)
        {
            told = await Installation.MainAsync<string?>(
                "select min(copied_bytes || ' ' || bytes_per_second) from data_transfer where expected_end_at is not null");
        }
        Assert.That((await running).Done, Is.EqualTo(1));
        Assert.That(TimeProvider.System.GetElapsedTime(started), Is.GreaterThan(TimeSpan.FromSeconds(0.6)), "6,656 bytes at 10 kB/s");
        Assert.That(told, Does.Match("^[0-9]{4,5} [0-9]+$"));
        Assert.That(await Installation.MainAsync<int>("select count(*) from data_transfer where bytes_per_second is null and status = 'completed'"),
            Is.EqualTo(1));
    }

    private async Task<int> RouteAsync(string name, string to, RouteType type, Func<CreateDataTransferRoute, CreateDataTransferRoute> how) =>
        (await SubmitAsync(how(new(name, Place.Id, Sites[to].Id, type, "copy") { Priority = 10, MaxParallel = 10 }))).Id;

    private async Task<string[]> WaysAsync() => (await Installation.MainAsync<string>("""
        select string_agg(origin_location_id || ' -> ' || destination_location_id || coalesce(' by ' || route_id, '')
          || case when first_hop then ' first' else '' end, ', ' order by id) from data_transfer
        """))!.Split(", ");
}
