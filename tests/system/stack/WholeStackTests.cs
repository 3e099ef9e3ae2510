using OpsDb.Servers;
using OpsDb.Stack;

namespace OpsDb.SystemTests.Stack;

/// <summary>The programs as build/run, build/tour and build/stop start them.</summary>
public sealed class WholeStackTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly StackHome home = new(Directory.CreateTempSubdirectory("opsdb-stack-").FullName);

    private readonly string portBase = $"{FreePorts.Base()}";

    [SetUp]
    public void CreateHome() => home.Create();

    [TearDown]
    public async Task StopAndRemove()
    {
        await RunAsync("stop");
        home.Delete();
    }

    [Test]
    public async Task A_night_with_a_failing_link_loses_nothing_and_its_data_outlives_the_stack()
    {
        await SucceedsAsync("up", "--detach", "--port-base", portBase);
        await TourAsync();
        var recorded = await ExecutionsAsync();
        await StopAsync();

        await SucceedsAsync("up", "--detach", "--port-base", portBase);
        Assert.That(await ExecutionsAsync(), Is.EqualTo(recorded));
        await TourAsync();
        await StopAsync();
    }

    [Test]
    public async Task Without_a_stack_a_tour_says_how_to_start_one()
    {
        var run = await RunAsync("tour");
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Errors, Does.Contain("build/run starts it"));
    }

    private async Task TourAsync()
    {
        var output = await SucceedsAsync("tour");
        Assert.That(output.Trim().Split('\n')[^1], Does.Match("^tour: [0-9]+ steps ok, 0 lost, 0 duplicated$"));
        var link = await SucceedsAsync("link", "status");
        Assert.That(link, Does.StartWith("The link is up"));
    }

    private async Task StopAsync()
    {
        var processes = StackHome.Read<List<StackProcess>>(home.Processes)!;
        Assert.That(processes.Select(p => p.Name), Is.SupersetOf((string[])["primary", "replica", "redis", "relay", "main-data-api", "observatory-data-api"]));
        await SucceedsAsync("stop");
        Assert.That(processes.Where(p => p.Process.IsRunning), Is.Empty);
        Assert.That(File.Exists(home.Stack), Is.False);
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

    private async Task<string> SucceedsAsync(params string[] arguments)
    {
        var run = await RunAsync(arguments);
        Assert.That(run.ExitCode, Is.Zero, $"{string.Join(' ', arguments)}: {run.Output}{run.Errors}");
        return run.Output;
    }

    private async Task<ProgramRun> RunAsync(params string[] arguments)
    {
        // The programs and these tests are built with one configuration, into neighbouring folders.
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(here.Parent!.Parent!.FullName, "opsdb-stack", here.Name, "opsdb-stack.dll");
        var environment = new Dictionary<string, string>
        {
            ["OPSDB_HOME"] = home.Folder,
            // Servers of its own, whatever this environment names.
            ["OPSDB_POSTGRES_PRIMARY"] = "",
            ["OPSDB_POSTGRES_REPLICA"] = "",
            ["OPSDB_REDIS"] = "",
        };
        using var deadline = new CancellationTokenSource(Deadline);
        return await ProgramRun.RunAsync(["dotnet", program, .. arguments], environment, ct: deadline.Token);
    }
}
