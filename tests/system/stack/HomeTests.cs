using OpsDb.Servers;
using OpsDb.Stack;
using OpsDb.TestKit;

namespace OpsDb.SystemTests.Stack;

/// <summary>One home is used by one stack at a time, whatever becomes of it.</summary>
public sealed class HomeTests
{
    private readonly StackHome home = new(Path.Combine(Directory.CreateTempSubdirectory("opsdb-home-").FullName, "home"));
    private readonly int portBase = FreePorts.Base();

    private StackProgram Stack => new(home);

    [TearDown]
    public async Task StopAndRemove()
    {
        await Stack.RunAsync("stop");
        home.Delete();
        Directory.Delete(Path.GetDirectoryName(home.Folder)!, recursive: true);
    }

    [Test]
    public async Task Of_two_first_starts_at_once_one_goes_on_and_the_other_says_so()
    {
        var runs = await Task.WhenAll(UpAsync(portBase), UpAsync(FreePorts.Base()));
        Assert.That(runs.Select(r => r.ExitCode), Is.EquivalentTo((int[])[0, 1]), string.Join('\n', runs.Select(r => r.Errors)));
        var refused = runs.Single(r => r.ExitCode == 1);
        Assert.That(refused.Errors.Trim().Split('\n'), Has.Length.EqualTo(1).And.One.Contains("already runs"));
        // What the first one made still opens what it has started.
        Assert.That((await Stack.RunAsync("stop")).Output, Does.Contain("Stopped"));
        Assert.That((await UpAsync(portBase)).ExitCode, Is.Zero);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task After_a_killed_start_the_next_one_works_without_a_stop(bool everything)
    {
        var log = Path.Combine(Path.GetDirectoryName(home.Folder)!, "up.log");
        var up = ServerProcess.Start(log, Stack.Environment(), BuiltPrograms.Dotnet, BuiltPrograms.Of("opsdb-stack"), "up", "--without-apis", "--port-base",
            $"{portBase}");
        await Eventually.TrueAsync(() => Task.FromResult(File.Exists(home.Stack)), "the stack runs", 60);
        var processes = StackHome.Read<List<StackProcess>>(home.Processes)!;
        up.Signal(Libc.SigKill);
        await up.WaitForExitAsync(TimeSpan.FromSeconds(10));
        foreach (var process in processes.Where(_ => everything))
            process.Process.Kill();
        var again = await UpAsync(portBase);
        Assert.That(again.ExitCode, Is.Zero, again.Errors);
        Assert.That(processes.Where(p => p.Process.IsRunning), Is.Empty, "what was left is ended");
        Assert.That((await UpAsync(portBase)).Errors, Does.Contain("already runs"), "a stack that was started completely is left alone");
    }

    [Test]
    public async Task What_a_home_keeps_is_its_owners_alone()
    {
        Assert.That((await UpAsync(portBase)).ExitCode, Is.Zero);
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        var logs = Path.GetDirectoryName(home.Log("redis"))!;
        Assert.That(File.GetUnixFileMode(logs), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        foreach (var file in (string[])[home.Passwords, home.Secrets, home.Stack, home.Processes, .. Directory.GetFiles(logs)])
            Assert.That(File.GetUnixFileMode(file) & others, Is.EqualTo(UnixFileMode.None), file);
    }

    [Test]
    public void Secrets_that_are_there_are_never_replaced()
    {
        home.Create();
        var made = 0;
        var kept = Enumerable.Range(0, 32).AsParallel().WithDegreeOfParallelism(16)
            .Select(_ => SecretFile.ReadOrCreate(home.Secrets, () => $"{Interlocked.Increment(ref made)}")).Distinct().ToList();
        Assert.That(kept, Has.Count.EqualTo(1));
        Assert.That(File.ReadAllText(home.Secrets), Is.EqualTo(kept[0]));
        Assert.That(Directory.GetFiles(home.Folder, "*.part"), Is.Empty);
    }

    private Task<ProgramRun> UpAsync(int port) => Stack.RunAsync("up", "--detach", "--without-apis", "--port-base", $"{port}");
}
