using OpsDb.Servers;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Programs;

/// <summary>The audit trail as operators check and keep it.</summary>
public sealed class AuditVerbTests
{
    private TestInstallation installation = null!;

    [SetUp]
    public async Task Start() => installation = await TestInstallation.CreateAsync(AssemblyServers.Servers);

    [TearDown]
    public async Task Stop() => await installation.DisposeAsync();

    [Test]
    public async Task A_whole_trail_prints_its_end_which_proves_later_that_nothing_is_gone()
    {
        var first = await RunAsync("audit", "verify");
        Assert.That(first.ExitCode, Is.Zero, first.Errors);
        var head = first.Output.Trim();
        Assert.That(head, Does.Match("^main:[0-9]+:[0-9a-f]{64}$"));
        Assert.That((await RunAsync("audit", "verify", "--site", "main", "--head", head)).ExitCode, Is.Zero);

        await installation.Main.ExecuteAsync(
            "set session_replication_role = replica; delete from audit_chain where number = (select max(number) from audit_chain)");
        Assert.That((await RunAsync("audit", "verify")).Errors, Does.Contain("is foreign: it is in no chain"));
        await installation.Main.ExecuteAsync(
            "set session_replication_role = replica; delete from audit_entry e where not exists (select from audit_chain c where c.entry_id = e.id)");
        Assert.That((await RunAsync("audit", "verify")).ExitCode, Is.Zero);
        var gone = await RunAsync("audit", "verify", "--head", head);
        Assert.That((gone.ExitCode, gone.Output), Is.EqualTo((1, "")), "no end of a chain that is not whole");
        Assert.That(gone.Errors, Does.StartWith("main: The newest entries are missing"));
        Assert.That((await RunAsync("audit", "verify", "--head", "main:x")).ExitCode, Is.EqualTo(2));
    }

    [Test]
    public async Task The_trail_is_exported_oldest_first_between_two_instants()
    {
        var all = await RunAsync("audit", "export");
        var lines = all.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var action in (string[])["users.create", "user_roles.create", "tokens.create"])
            Assert.That(lines.Count(l => l.Contains(action, StringComparison.Ordinal)), Is.EqualTo(TestTokens.All.Count), action);
        Assert.That(lines, Has.Length.EqualTo(TestInstallation.AuditEntries));
        Assert.That((await RunAsync("audit", "export", "--from", "2020-01-01T00:00:00Z", "--to", "2020-01-02T00:00:00Z")).Output, Is.Empty);
        var wrong = await RunAsync("audit", "export", "--from", "yesterday");
        Assert.That((wrong.ExitCode, wrong.Errors.Contains("at_from", StringComparison.Ordinal)), Is.EqualTo((1, true)), wrong.Errors);
    }

    private async Task<ProgramRun> RunAsync(params string[] arguments)
    {
        var run = await ApiProcess.RunAsync(installation.MainSettings(), arguments);
        return new(run.ExitCode, run.Output, run.Errors);
    }
}
