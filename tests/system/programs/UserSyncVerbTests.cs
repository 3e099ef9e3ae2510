using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Programs;

/// <summary>The mirror of a provider's users, as a timer runs it and looks at its exit code.</summary>
public sealed class UserSyncVerbTests
{
    private TestInstallation installation = null!;

    [SetUp]
    public async Task Start() => installation = await TestInstallation.CreateAsync(AssemblyServers.Servers);

    [TearDown]
    public async Task Stop() => await installation.DisposeAsync();

    [Test]
    public async Task The_exit_code_says_whether_all_is_as_at_the_provider()
    {
        await using var list = await ProviderUserList.StartAsync();
        list.Set("1", "ada");
        var done = await RunAsync(list.Settings);
        Assert.That((done.ExitCode, done.Output.Trim()),
            Is.EqualTo((0, "1 created, 0 changed, 0 disabled, 0 enabled, 0 unchanged, 0 failed")), done.Errors);

        list.Set("2", "observer");
        var some = await RunAsync(list.Settings);
        Assert.That(some.ExitCode, Is.EqualTo(1));
        Assert.That(some.Errors, Does.StartWith("observer: There is a user observer"));

        list.IsAway = true;
        var away = await RunAsync(list.Settings);
        Assert.That((away.ExitCode, away.Errors.Trim()), Is.EqualTo((75, "The identity provider answered with the status 503; nothing was changed.")));
        list.IsAway = false;
        Assert.That((await RunAsync([.. list.Settings, ("MAIN_DB_PORT", "1"), ("LOCAL_DB_PORT", "1")])).ExitCode, Is.EqualTo(75), "main is away");

        Assert.That((await RunAsync([])).ExitCode, Is.EqualTo(2), "no provider is named");
        Assert.That((await RunAsync([.. list.Settings, ("USERS_SYNC_CLIENT_SECRET", "")])).ExitCode, Is.EqualTo(2));
    }

    private async Task<ProgramRun> RunAsync(IReadOnlyList<(string Name, string Value)> settings)
    {
        var all = installation.MainSettings();
        foreach (var (name, value) in settings)
            all[name] = value;
        var run = await ApiProcess.RunAsync(all, "users", "sync");
        return new(run.ExitCode, run.Output, run.Errors);
    }
}
