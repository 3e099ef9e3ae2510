using OpsDb.DataApi;
using OpsDb.Locations;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Platform;

/// <summary>Writes during maintenance, at both sites of an installation that no other test uses.</summary>
public sealed class MaintenanceTests : IAsyncDisposable
{
    private const string Setting = "/api/v1/platform/settings/maintenance";

    private TestInstallation installation = null!;
    private TestApi main = null!, telescope = null!;

    [SetUp]
    public async Task Start()
    {
        installation = await TestInstallation.CreateAsync(AssemblyServers.Servers);
        (main, telescope) = (await installation.StartMainAsync(), await installation.StartSecondaryAsync());
    }

    [TearDown]
    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Test]
    public async Task Writes_are_refused_with_the_reason_until_it_is_over_and_a_telescope_goes_on_recording()
    {
        Assert.That((await telescope.PutAsync(TestTokens.Admin, Setting, new { reason = "The database gets a new disk." })).Status, Is.EqualTo(201));
        foreach (var api in (TestApi[])[main, telescope])
        {
            await Eventually.TrueAsync(async () => (await CreateSiteAsync(api)).Status == 503, "the site has noticed");
            var refused = await CreateSiteAsync(api);
            Assert.That((refused.Problem, refused.Header("Retry-After")), Is.EqualTo(("maintenance", "60")));
            Assert.That(refused.Detail, Is.EqualTo("This site refuses writes for maintenance: The database gets a new disk."));
            Assert.That((await api.PutAsync(TestTokens.Observer, "/api/v1/preferences/layout", new { value = 1 })).Problem, Is.EqualTo("maintenance"));
            Assert.That((await api.PatchAsync("/api/v1/sources/1", new { comment = "new" }, "*")).Problem, Is.EqualTo("maintenance"));
            Assert.That((await api.DeleteAsync("/api/v1/sources/1", "*")).Problem, Is.EqualTo("maintenance"));
        }
        Assert.That((await main.StartExecutionAsync()).Problem, Is.EqualTo("maintenance"));
        var started = await telescope.StartExecutionAsync();
        Assert.That(started.Status, Is.EqualTo(202), started.ToString());
        await Eventually.TrueAsync(async () => await installation.MainHasAsync([started.Id]) == 1, "the processor goes on");

        await main.PutAsync(TestTokens.Admin, Setting, new { reason = "The telescope's disk.", critical = true });
        await Eventually.TrueAsync(async () => (await telescope.StartExecutionAsync()).Problem == "maintenance", "the telescope stops, too");
        Assert.That((await main.DeleteAsync(Setting, "*")).Status, Is.EqualTo(204));
        await Eventually.TrueAsync(async () => (await CreateSiteAsync(main)).Status == 201, "main takes writes again");
        await Eventually.TrueAsync(async () => (await telescope.StartExecutionAsync()).Status == 202, "the telescope records again");
    }

    [Test]
    public async Task What_reads_what_operators_do_and_the_command_line_go_on()
    {
        await SetAsync(new { reason = "A new disk." });
        Assert.That((await main.GetAsync("/api/v1/sources")).Status, Is.EqualTo(200));
        Assert.That((await main.PostAsync("/api/v1/raw-data-files/known", new { checksums = (string[])[new string('0', 64)] })).Status, Is.EqualTo(200));
        Assert.That((await main.PostAsync("/visibility/precalculate", new { }, null, TestTokens.Admin)).Status, Is.EqualTo(200));
        Assert.That((await main.PostAsync($"/api/v1/transactions/{Guid.NewGuid()}/discard", new { }, null, TestTokens.Admin)).Status, Is.EqualTo(404));
        var banner = await main.PutAsync(TestTokens.Admin, "/api/v1/platform/settings/banner", new { text = "Soon.", level = "info" });
        Assert.That(banner.Status, Is.EqualTo(201), banner.ToString());
        var made = await DataApiBase.SubmitAsync(TestApi.Read(installation.MainSettings()), new CreateSite("Valley", "valley"), CancellationToken.None);
        Assert.That(made.Transaction, Is.Not.Null);
    }

    [Test]
    public async Task A_site_that_is_not_named_goes_on()
    {
        await SetAsync(new { reason = "A new disk.", sites = (string[])["main"] });
        await Eventually.TrueAsync(async () => await installation.ReplicaAsync<int>("select count(*) from platform_setting") == 1, "the telescope has it");
        // A process that has asked before knows it a little later.
        var other = await installation.StartSecondaryAsync();
        Assert.That(await NoticesAsync(other, "/health"), Is.Empty);
        Assert.That((await CreateSiteAsync(other)).Status, Is.EqualTo(201));
        await main.PutAsync(TestTokens.Admin, Setting, new { reason = "A new link.", sites = (string[])[installation.SiteName] });
        await Eventually.TrueAsync(async () => (await CreateSiteAsync(main)).Status == 201, "main is not named now");
        await Eventually.TrueAsync(async () => (await CreateSiteAsync(other)).Problem == "maintenance", "the telescope is");
    }

    [Test]
    public async Task Health_tells_it_and_is_not_degraded_by_it()
    {
        await SetAsync(new { reason = "A new disk." });
        Assert.That((await main.GetAsync("/health")).Text("status"), Is.EqualTo("healthy"));
        Assert.That((await main.GetAsync("/health/ready")).Status, Is.EqualTo(200));
        Assert.That(await NoticesAsync(main, "/health"), Is.EqualTo("The site is in maintenance and refuses writes."));
        Assert.That(await NoticesAsync(main, "/api/v1/site/health"), Is.EqualTo("The site is in maintenance and refuses writes. A new disk."));
        Assert.That(await main.MetricAsync("maintenance"), Is.EqualTo(1));
    }

    /// <summary>Sets it and waits until main has noticed.</summary>
    private async Task SetAsync(object maintenance)
    {
        Assert.That((await main.PutAsync(TestTokens.Admin, Setting, maintenance)).Status, Is.EqualTo(201));
        await Eventually.TrueAsync(async () => (await CreateSiteAsync(main)).Problem == "maintenance", "main has noticed");
    }

    private static Task<TestAnswer> CreateSiteAsync(TestApi api) => api.PostAsync("/api/v1/sites",
        new { name = $"{Guid.NewGuid()}", short_name = $"s{Guid.NewGuid():n}"[..20] }, null, TestTokens.Admin);

    private static async Task<string> NoticesAsync(TestApi api, string path) =>
        string.Join('\n', (await api.GetAsync(path)).Body.GetProperty("notices").EnumerateArray());
}
