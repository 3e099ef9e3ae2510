using OpsDb.Stack;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Stack;

/// <summary>The programs as build/run, build/tour and build/stop start them.</summary>
public sealed class WholeStackTests
{
    private readonly StackHome home = new(Directory.CreateTempSubdirectory("opsdb-stack-").FullName);
    private readonly string portBase = $"{FreePorts.Base()}";

    private StackProgram Stack => new(home);

    [SetUp]
    public void CreateHome() => home.Create();

    [TearDown]
    public async Task StopAndRemove()
    {
        await Stack.RunAsync("stop");
        home.Delete();
    }

    [Test]
    public async Task A_night_with_a_failing_link_loses_nothing_and_its_data_outlives_the_stack()
    {
        await Stack.SucceedsAsync("up", "--detach", "--port-base", portBase);
        await TourAsync();
        await JobsRunAsync();
        var recorded = await ExecutionsAsync();
        await StopAsync();

        await Stack.SucceedsAsync("up", "--detach", "--port-base", portBase);
        Assert.That(await ExecutionsAsync(), Is.EqualTo(recorded));
        await TourAsync();
        await StopAsync();
    }

    [Test]
    public async Task What_a_lost_database_knew_is_learned_again_from_an_archive()
    {
        var output = await Stack.SucceedsAsync("drill", "--port-base", portBase, "--nights", "1");
        Assert.That(output.Trim().Split('\n')[^1], Is.EqualTo("drill: 1 executions, 1 packages, 3 files, all equal"));
        Assert.That(Directory.Exists($"{home.Folder}-drill"), Is.False);
    }

    [Test]
    public async Task Without_a_stack_a_tour_says_how_to_start_one()
    {
        var run = await Stack.RunAsync("tour");
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Errors, Does.Contain("build/run starts it"));
    }

    private async Task TourAsync()
    {
        var output = await Stack.SucceedsAsync("tour");
        Assert.That(output.Trim().Split('\n')[^1], Does.Match("^tour: [0-9]+ steps ok, 0 lost, 0 duplicated$"));
        var link = await Stack.SucceedsAsync("link", "status");
        Assert.That(link, Does.StartWith("The link is up"));
    }

    private async Task StopAsync()
    {
        var processes = StackHome.Read<List<StackProcess>>(home.Processes)!;
        Assert.That(processes.Select(p => p.Name), Is.SupersetOf((string[])
        [
            "primary", "replica", "redis", "relay", "main-data-api", "observatory-data-api", "mail", "main-jobs", "observatory-jobs", "coast-jobs",
        ]));
        await Stack.SucceedsAsync("stop");
        Assert.That(processes.Where(p => p.Process.IsRunning), Is.Empty);
        Assert.That(File.Exists(home.Stack), Is.False);
    }

    /// <summary>The jobs of both sites run, and bring what happens into the site's streams.</summary>
    private async Task JobsRunAsync()
    {
        foreach (var (name, site) in home.RequireStack().Sites)
        {
            using var api = new TourApi(name, site);
            await Eventually.TrueAsync(() => HasItemsAsync(api, "/api/v1/jobs"), $"{name} tells of its jobs");
            await Eventually.TrueAsync(() => HasItemsAsync(api, "/api/v1/events?after=0"), $"{name} tells of what has happened");
        }
    }

    private static async Task<bool> HasItemsAsync(TourApi api, string path)
    {
        var answer = await api.GetAsync(path, CancellationToken.None);
        return answer.Status == 200 && answer.Body.GetProperty("items").GetArrayLength() > 0;
    }

    /// <summary>What both sites list; it must be the same, whatever its order.</summary>
    private async Task<string> ExecutionsAsync()
    {
        var sites = home.RequireStack().Sites;
        var (main, observatory) = (await ExecutionsAsync(sites["main"]), await ExecutionsAsync(sites["observatory"]));
        Assert.That(observatory, Is.EqualTo(main));
        return main;
    }

    private static async Task<string> ExecutionsAsync(StackSite site)
    {
        using var api = new TourApi("site", site);
        var rows = await api.ListAsync("/api/v1/executions", "sort=start_time", 1000, CancellationToken.None);
        Assert.That(rows, Is.Not.Empty);
        return string.Join("\n\n", rows.Select(TourRow.Content));
    }
}
