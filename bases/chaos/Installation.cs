using System.Security.Cryptography;
using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>
/// An installation of its own: PostgreSQL primary and replica and Redis, all synced to disk as in production, the link that both
/// the site's APIs and its replica reach the primary over, one API of the main site and two of the site. A run with a failover has
/// a standby of the primary, too, and one whose clocks step has clocks.
/// </summary>
internal sealed class Installation : IAsyncDisposable
{
    public const string Site = "observatory";

    /// <summary>The name of the site's connections at the primary.</summary>
    public const string Application = $"opsdb-{Site}";

    private static readonly TimeSpan ReadyDeadline = TimeSpan.FromSeconds(90);
    private readonly string tokenKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>The main database's address at the main site, where another server may take it over.</summary>
    private Relay? address;

    private Installation(TestServers servers, ApiClocks? clocks) => (Servers, Primary, Clocks) = (servers, (PostgresServer)servers.Primary!, clocks);

    public TestServers Servers { get; }

    /// <summary>After a failover the standby that was promoted.</summary>
    public PostgresServer Primary { get; private set; }

    /// <summary>Null without a failover in the plan.</summary>
    public PostgresServer? Standby { get; private set; }

    /// <summary>Null when no clock steps.</summary>
    public ApiClocks? Clocks { get; }

    public bool HasFailedOver => Primary == Standby;

    public PostgresServer Replica => (PostgresServer)Servers.Replica!;

    public RedisServer Redis => (RedisServer)Servers.RedisServer!;

    public Relay Link => Servers.Relay;

    public ApiServer MainApi { get; private set; } = null!;

    public IReadOnlyList<ApiServer> SiteApis { get; private set; } = [];

    /// <summary>Those of the site first.</summary>
    public IReadOnlyList<ApiServer> Apis => [.. SiteApis, MainApi];

    public string Token { get; private set; } = "";

    public string Logs => Path.GetDirectoryName(Replica.Log)!;

    /// <param name="settings">Of the site's APIs, besides where their servers are.</param>
    /// <param name="disks">Sizes of disks of their own; null for the common one.</param>
    /// <param name="hasStandby">With a standby that may be promoted.</param>
    /// <param name="hasClocks">With a clock of its own for each API.</param>
    public static async Task<Installation> StartAsync(
        IReadOnlyDictionary<string, string> settings, (int? PrimaryMegabytes, int? RedisMegabytes) disks, bool hasStandby, bool hasClocks, CancellationToken ct)
    {
        var clocks = hasClocks ? new ApiClocks() : null;
        var options = new TestServersOptions
        {
            Replica = true,
            Redis = true,
            Source = ServerSource.Local,
            Fsync = true,
            PrimaryDiskMegabytes = disks.PrimaryMegabytes,
            RedisDiskMegabytes = disks.RedisMegabytes,
            Started = clocks is null ? null : clocks.Add,
        };
        Installation? installation = null;
        try
        {
            installation = new Installation(await TestServers.StartAsync(options, ct), clocks);
            if (hasStandby)
                await installation.StartStandbyAsync(ct);
            await installation.PrepareAsync(settings, ct);
            return installation;
        }
        catch
        {
            if (installation is null)
                clocks?.Dispose();
            else
                await installation.DisposeAsync();
            throw;
        }
    }

    /// <summary>The standby is the primary from now on, at the addresses where everybody looks for it.</summary>
    public void TakeOver()
    {
        Primary = Standby!;
        address!.Redirect(Primary.Options.Port);
        Link.Redirect(Primary.Options.Port);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var api in Apis.Where(a => a is not null))
            api.Resume();
        await Task.WhenAll(Apis.Where(a => a is not null).Select(a => a.StopAsync()));
        if (address is not null)
            await address.DisposeAsync();
        if (Standby is not null)
            await Standby.DisposeAsync();
        await Servers.DisposeAsync();
        Clocks?.Dispose();
    }

    private async Task StartStandbyAsync(CancellationToken ct)
    {
        Standby = await Servers.StartStandbyAsync("standby", ct);
        address = Relay.Start(Ports.Next(), "127.0.0.1", Primary.Options.Port);
    }

    private async Task PrepareAsync(IReadOnlyDictionary<string, string> settings, CancellationToken ct)
    {
        var main = ApiSettings.Of("main", tokenKey, Primary.Application with { Port = address?.Port ?? Primary.Options.Port });
        await BuiltPrograms.RunDataApiAsync(ApiSettings.WithOwner(main, Primary.Owner), ct, "migrate");
        await BuiltPrograms.RunDataApiAsync(main, ct, "catalogue", "load", BuiltPrograms.Samples);
        Token = (await BuiltPrograms.RunDataApiAsync(
            main, ct, "tokens", "create", "--name", "chaos", "--user", "chaos", "--role", "admin", "--kind", "svc")).Trim();
        var site = ApiSettings.Of(Site, tokenKey, Primary.Application with { Port = Link.Port }, Replica.Application, Servers.Redis);
        foreach (var (name, value) in settings)
            site[name] = value;
        if (Standby is not null)
            site["PROMOTABLE_STANDBYS"] = $"127.0.0.1:{Standby.Options.Port}";
        MainApi = Api("main-1", With(main, 2));
        SiteApis = [Api($"{Site}-1", With(site, 0)), Api($"{Site}-2", With(site, 1))];
        foreach (var api in Apis)
            api.Start();
        await Task.WhenAll(Apis.Select(a => a.ReadyAsync(ReadyDeadline, ct)));

        Dictionary<string, string> With(IReadOnlyDictionary<string, string> common, int api) =>
            new([.. common, .. Clocks?[api].Settings ?? new Dictionary<string, string>()]);
    }

    private ApiServer Api(string name, Dictionary<string, string> settings) =>
        new(name, Path.GetDirectoryName(Logs)!, settings, Ports.Next()) { Started = Servers.Watch };
}
