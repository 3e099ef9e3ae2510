using System.Net;
using System.Net.Sockets;
using OpsDb.Servers;
using OpsDb.Stack;

namespace OpsDb.SystemTests.Stack;

public sealed class UpTests
{
    private readonly string folder = Directory.CreateTempSubdirectory("opsdb-up-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [TestCase(0, "main data API")]
    [TestCase(21, "replica")]
    [TestCase(24, "relay control")]
    public async Task A_taken_port_is_named(int offset, string purpose)
    {
        var portBase = FreePorts.Base();
        var taken = portBase + offset;
        using var listener = new TcpListener(IPAddress.Loopback, taken);
        listener.Start();
        var up = new Up(new(Path.Combine(folder, "home")), new(portBase, Fresh: false, WithApis: false));
        await Assert.ThatAsync(
            async () => await up.RunAsync(CancellationToken.None),
            Throws.InstanceOf<ServersException>().With.Message.StartsWith($"port {taken} ({purpose}) is taken"));
        Assert.That(Directory.Exists(Path.Combine(folder, "home")), Is.False);
    }

    [Test]
    public async Task A_home_that_already_runs_is_refused()
    {
        var home = new StackHome(folder);
        home.Create();
        new StackProcesses(home).Add("primary", ServerProcess.Current);
        await Assert.ThatAsync(
            async () => await new Up(home, new(Ports.Next(), Fresh: true, WithApis: false)).RunAsync(CancellationToken.None),
            Throws.InstanceOf<ServersException>().With.Message.Contains("already runs"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_folder_that_no_stack_made_is_not_touched(bool fresh)
    {
        var file = Path.Combine(folder, "letter.txt");
        await File.WriteAllTextAsync(file, "mine");
        await Assert.ThatAsync(
            async () => await new Up(new(folder), new(Ports.Next(), fresh, WithApis: false)).RunAsync(CancellationToken.None),
            Throws.InstanceOf<ServersException>());
        Assert.That(Directory.GetFileSystemEntries(folder), Is.EqualTo((string[])[file]));
    }

    [Test]
    public async Task A_process_with_another_start_time_is_not_signalled()
    {
        var home = new StackHome(folder);
        var other = ServerProcess.Current with { StartTime = 1 };
        var processes = new StackProcesses(home);
        processes.Add("primary", other);
        await processes.StopAsync();
        Assert.That(other.IsRunning, Is.False);
        Assert.That(ServerProcess.Current.IsRunning, Is.True);
    }
}
