namespace OpsDb.Servers;

/// <summary>How the Redis server is run.</summary>
public sealed record RedisOptions
{
    /// <summary>The folder's and the log's name.</summary>
    public string Name { get; init; } = "redis";

    /// <summary>The folder below which data and log are kept.</summary>
    public required string Home { get; init; }

    /// <summary>The port on 127.0.0.1.</summary>
    public required int Port { get; init; }

    public required ServerPasswords Passwords { get; init; }

    /// <summary>The size of a small disk of its own for the data, megabytes; null for a folder of the home.</summary>
    public int? DiskMegabytes { get; init; }

    /// <summary>Set where the server answers with TLS alone.</summary>
    public ServerTls? Tls { get; init; }

    /// <summary>
    /// Whether <see cref="RedisServer.Address"/> is that of a user who cannot administer: who may read the settings that keep what
    /// was acknowledged, and not change them. The user <c>admin</c> can, with the password of PostgreSQL's.
    /// </summary>
    public bool Restricted { get; init; }

    /// <summary>More lines for redis.conf; they win over the built-in ones.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];
}

/// <summary>A Redis server on this machine that has stored what it acknowledged: every write is synced to disk before its answer.</summary>
public sealed class RedisServer(RedisOptions options) : IRedisServer
{
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(30);

    public RedisOptions Options => options;

    /// <summary>The running server; null before the first start.</summary>
    public ServerProcess? Process { get; private set; }

    /// <summary>Called with each process as soon as it runs.</summary>
    public Action<ServerProcess>? Started { get; init; }

    public RedisAddress Address => new("127.0.0.1", options.Port, options.Passwords.Redis);

    public string Log => Path.Combine(options.Home, "log", $"{options.Name}.log");

    /// <summary>The folder with the append-only files.</summary>
    public string Data => Path.Combine(Path.GetFullPath(options.Home), options.Name);

    /// <summary>Null before the first start, and where no disk of its own was asked for.</summary>
    public SmallDisk? Disk { get; private set; }

    public RedisFiles Files => new(Data);

    /// <summary>Starts the server on the data that is there, and waits until it answers.</summary>
    public async Task StartAsync(CancellationToken ct = default)
    {
        var program = await ServerBinaries.FindRedisAsync(ct);
        Directory.CreateDirectory(Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (options.DiskMegabytes is { } size)
            Disk ??= await SmallDisk.MountAsync(Data, size, ct);
        // Where the servers' user cannot come to the folder, root's home, say, it runs as the caller.
        var user = await ServerUser.FindAsync(ct);
        string[] command = await user.CanEnterAsync(Path.GetDirectoryName(Data)!, ct) ? [.. user.Command(program)] : [program];
        var configuration = Path.Combine(Data, "redis.conf");
        SecretFile.Write(configuration, RedisConfiguration.Write(options, "127.0.0.1", options.Port, Data));
        if (options.Tls is { } tls)
        {
            foreach (var (name, content) in (ReadOnlySpan<(string, string)>)[("tls.crt", tls.Certificate), ("tls.key", tls.Key), ("ca.crt", tls.Authority)])
                SecretFile.Write(Path.Combine(Data, name), content);
        }

        if (command.Length > 1)
            user.OwnAll(Data);
        Process = ServerProcess.Start(Log, null, command[0], [.. command[1..], configuration]);
        Started?.Invoke(Process);
        await WaitUntilReadyAsync(Process, ct);
    }

    /// <summary>Asks the server to end and waits for it.</summary>
    public async Task StopAsync()
    {
        if (Process is { } process)
            await process.StopAsync(StopDeadline);
    }

    /// <summary>Ends the server at once (SIGKILL).</summary>
    public async Task KillAsync()
    {
        Process?.Kill();
        if (Process is { } process)
            await process.WaitForExitAsync(StopDeadline, CancellationToken.None);
    }

    /// <summary>Freezes the server; connections stay open and nothing answers.</summary>
    public void Pause() => Process?.Pause();

    public void Resume() => Process?.Resume();

    Task IServer.PauseAsync()
    {
        Pause();
        return Task.CompletedTask;
    }

    Task IServer.ResumeAsync()
    {
        Resume();
        return Task.CompletedTask;
    }

    public async Task RestartAsync(CancellationToken ct = default)
    {
        await StopAsync();
        await StartAsync(ct);
    }

    /// <summary>Stops the server; its data stays, unless it had a disk of its own.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Disk is not null)
            await Disk.UnmountAsync();
    }

    private async Task WaitUntilReadyAsync(ServerProcess process, CancellationToken ct)
    {
        while (process.IsRunning)
        {
            if (await RedisPing.AnswersAsync(Address, options.Tls is not null, ct))
                return;
            await Task.Delay(20, ct);
        }

        var lines = await File.ReadAllLinesAsync(Log, ct);
        throw new ServersException($"{options.Name} did not start: {lines.LastOrDefault()} (log: {Log})");
    }
}
