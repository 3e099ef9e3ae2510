using System.Security.Cryptography;
using System.Text;
using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>What the container of one server of a stack is called, and where it says that it is ready.</summary>
internal sealed class StackContainer(StackHome home, string name)
{
    public const string Primary = "primary", Replica = "replica", Redis = "redis";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5), Poll = TimeSpan.FromMilliseconds(50);

    public string Name => name;

    /// <summary>
    /// The volume with its data. Its name comes from the home and its passwords: data whose passwords were deleted are of no use.
    /// </summary>
    public string Volume => $"opsdb-{Hash()}-{name}";

    public string ReadyFile => Path.Combine(home.Folder, $"{name}.ready");

    /// <summary>Starts the process that owns the container and waits until the server answers; an image may have to be fetched first.</summary>
    /// <exception cref="ServersException">It does not start.</exception>
    public async Task StartAsync(StackProcesses processes, CancellationToken ct, params string[] arguments)
    {
        File.Delete(ReadyFile);
        var settings = new Dictionary<string, string> { [StackHome.Setting] = home.Folder };
        var process = ServerProcess.Start(home.Log(name), settings, BuiltPrograms.Dotnet, [BuiltPrograms.Of("opsdb-stack"), "container", name, .. arguments]);
        // It has to wait for the server as the stack waits for one of this machine.
        processes.Add(name, process, interrupt: true);
        var started = TimeProvider.System.GetTimestamp();
        while (!File.Exists(ReadyFile))
        {
            if (!process.IsRunning)
                throw new ServersException($"{name} ended: {(await File.ReadAllLinesAsync(home.Log(name), ct)).LastOrDefault()} (log: {home.Log(name)})");
            if (TimeProvider.System.GetElapsedTime(started) > Deadline)
                throw new ServersException($"{name} was not ready within {Deadline.TotalMinutes} min (log: {home.Log(name)}).");
            await Task.Delay(Poll, ct);
        }
    }

    /// <summary>Removes the data of a home's containers, if there are any.</summary>
    public static async Task RemoveDataAsync(StackHome home, CancellationToken ct)
    {
        if (!File.Exists(home.Passwords) || ContainerEngine.WhyNot() is not null)
            return;
        foreach (var name in (string[])[Replica, Primary, Redis])
            await ContainerEngine.RemoveVolumeAsync(new StackContainer(home, name).Volume, ct);
    }

    private string Hash()
    {
        var passwords = ServerPasswords.LoadOrCreate(home.Passwords);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{home.Folder}\n{passwords.Admin}")))[..12];
    }
}
