using System.Text;
using OpsDb.Kernel;
using OpsDb.Redis;
using OpsDb.Transactions;

namespace OpsDb.Bench;

/// <summary>Where something is read.</summary>
internal enum Place
{
    Main,

    /// <summary>A secondary site with its link up that has never done anything on the main database directly.</summary>
    Site,

    /// <summary>The same after it has, as a real site has: it has a read floor (docs/reliability.md) from then on.</summary>
    SiteWithFloor,
}

/// <summary>The data APIs of one build, at main and at a secondary site of its own, each started when it is first asked for.</summary>
/// <param name="name">Of the secondary site.</param>
/// <param name="folder">Of the program; null for the one that was built.</param>
internal sealed class BuildSites(BenchSite servers, string name, string? folder = null)
{
    private Endpoint? main, site;
    private bool hasFloor;

    public async Task<Endpoint> AtAsync(Place place, CancellationToken ct)
    {
        if (place == Place.Main)
            return main ??= await servers.StartMainApiAsync($"{name}-main", ct, folder);
        site ??= await servers.StartApiAsync(name, ct, folder);
        if (place == Place.SiteWithFloor && !hasFloor)
            await WriteDirectlyAsync(site, ct);
        // The replica has what was written.
        await servers.DrainedAsync(site, ct);
        await RequireAsync(place);
        return site;
    }

    /// <exception cref="BenchException">The site has a read floor where it should have none, or the other way round.</exception>
    public async Task RequireAsync(Place place)
    {
        if (place == Place.Main)
            return;
        await using var redis = SiteLog.Redis(servers);
        if ((await SiteLog.Of(redis, name).HeadAsync()).ReadFloor != default != (place == Place.SiteWithFloor))
            throw new BenchException($"The site {name} {(place == Place.Site ? "got a read floor: it has read the main database" : "has no read floor")}.");
    }

    public async Task StopAsync() => await ServedPrograms.StopAsync(((Endpoint?[])[main, site]).OfType<Endpoint>());

    // What a site does on main directly raises its floor. The source vanishes with the servers.
    private async Task WriteDirectlyAsync(Endpoint api, CancellationToken ct)
    {
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", servers.Token) } };
        var source = $$"""{"name":"Floor of {{name}}","type":"fixed","ra_deg":83.81,"dec_deg":-5.38}""";
        using var body = new StringContent(source, Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(new Uri($"http://127.0.0.1:{api.Port}/api/v1/sources"), body, ct);
        if (!response.IsSuccessStatusCode)
            throw new BenchException($"The site {name} could not write on main: {await response.Content.ReadAsStringAsync(ct)}");
        hasFloor = true;
    }
}

/// <summary>A site's log, seen past its API.</summary>
internal static class SiteLog
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static RedisStore Redis(BenchSite site)
    {
        var address = site.Servers.Redis;
        return new(new(address.Host, address.Port, 0, address.Password, Patience));
    }

    public static TransactionLog Of(RedisStore redis, string site) =>
        new(redis, new(site, SiteType.Secondary, true), BufferOptions.Read(new Settings(_ => null)), new EntryReader([]));
}
