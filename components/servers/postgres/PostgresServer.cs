namespace OpsDb.Servers;

/// <summary>
/// A PostgreSQL server on this machine, primary or replica. The first start makes its data (a new cluster with the database
/// <c>opsdb</c> and its roles, or a base backup); later starts keep it.
/// </summary>
public sealed class PostgresServer(PostgresOptions options) : IPostgresServer
{
    public const string DatabaseName = "opsdb";
    public const string AdminRole = "postgres", OwnerRole = "opsdb_owner", ApplicationRole = "opsdb", ReplicationRole = "opsdb_replication";

    /// <summary>Answers <c>t</c> when the replica has become a primary.</summary>
    internal const string Promotion = "select pg_promote(true, 60)";

    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(30);

    private string? binaries;
    private ServerUser? user;
    private string? folder;

    public PostgresOptions Options => options;

    /// <summary>The running server; null before the first start.</summary>
    public ServerProcess? Process { get; private set; }

    /// <summary>Called with each process as soon as it runs.</summary>
    public Action<ServerProcess>? Started { get; init; }

    public string Log => Path.Combine(options.Home, "log", $"{options.Name}.log");

    /// <summary>Null before the first start, and where no disk of its own was asked for.</summary>
    public SmallDisk? Disk { get; private set; }

    /// <summary>The superuser.</summary>
    public PostgresAddress Admin => Address(AdminRole, options.Passwords.Admin);

    /// <summary>The owner of the database, who migrates it.</summary>
    public PostgresAddress Owner => Address(OwnerRole, options.Passwords.Owner);

    /// <summary>The role that the APIs use.</summary>
    public PostgresAddress Application => Address(ApplicationRole, options.Passwords.Application);

    /// <summary>The role that may replicate.</summary>
    public PostgresAddress Replication => Address(ReplicationRole, options.Passwords.Replication);

    /// <summary>Starts the server, making its data first if there is none, and waits until it accepts connections.</summary>
    public async Task StartAsync(CancellationToken ct = default)
    {
        binaries = await ServerBinaries.FindPostgresAsync(ct);
        user = await ServerUser.FindAsync(ct);
        folder = Path.Combine(await PostgresFolder.PrepareAsync(options.Home, user, ct), options.Name);
        if (options.DiskMegabytes is { } size)
            Disk ??= await SmallDisk.MountAsync(folder, size, ct);
        if (!Directory.Exists(Data))
            await new PostgresCluster(options, binaries, user, folder).CreateAsync(ct);

        Place("postgresql.conf", PostgresConfiguration.Write(options));
        Place("pg_hba.conf", PostgresConfiguration.HostBasedAuthentication(options));
        if (options.Tls is { } tls)
        {
            Place(PostgresConfiguration.Certificate, tls.Certificate);
            Place(PostgresConfiguration.Key, tls.Key);
            Place(PostgresConfiguration.Authority, tls.Authority);
        }

        await ForgetKilledAsync(ct);
        string[] command = [.. user.Command(Path.Combine(binaries, "postgres"), "-D", Data)];
        Process = ServerProcess.Start(Log, PostgresCluster.Locale, command[0], command[1..]);
        Started?.Invoke(Process);
        await WaitUntilReadyAsync(Process, ct);
    }

    /// <summary>Ends all sessions and stops in order (a fast shutdown).</summary>
    public async Task StopAsync()
    {
        if (Process is { } process)
            await process.StopAsync(StopDeadline, interrupt: true);
    }

    /// <summary>Ends every process of the server at once, as a power failure would.</summary>
    public async Task KillAsync()
    {
        Process?.Kill();
        if (Process is { } process)
            await process.WaitForExitAsync(StopDeadline, CancellationToken.None);
    }

    /// <summary>Freezes every process of the server; connections stay open and nothing answers.</summary>
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

    /// <summary>Throws a replica's data away and makes them again from its source, for one that can follow no more.</summary>
    public async Task RemakeAsync(CancellationToken ct = default)
    {
        await StopAsync();
        if (Directory.Exists(Data))
            Directory.Delete(Data, recursive: true);
        await StartAsync(ct);
    }

    /// <summary>Gives the data of an earlier version, whose application owned everything, an owner.</summary>
    public Task SplitRolesAsync(CancellationToken ct = default) => QueryAsync(PostgresRoles.Split(options.Passwords), ct);

    /// <summary>Makes a replica a primary of its own.</summary>
    public async Task PromoteAsync(CancellationToken ct = default)
    {
        if (await QueryAsync(Promotion, ct) != "t")
            throw new ServersException($"{options.Name} was not promoted within 60 s; see {Log}.");
    }

    /// <summary>Runs SQL as superuser with <c>psql</c>; answers unaligned text, one line per row, columns parted by <c>|</c>.</summary>
    public async Task<string> QueryAsync(string sql, CancellationToken ct = default) =>
        await PostgresCluster.QueryAsync(binaries ?? await ServerBinaries.FindPostgresAsync(ct), Admin, sql, ct);

    /// <summary>Stops the server; its data stays, unless it had a disk of its own.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Process is { } process)
        {
            process.Resume();
            // Data without fsync is a test's and thrown away, so nothing needs to be written any more.
            if (options.Fsync)
                await StopAsync();
            else
                await StopNowAsync(process);
        }

        if (Disk is not null)
            await Disk.UnmountAsync();
    }

    private string Data => Path.Combine(folder!, "data");

    private PostgresAddress Address(string role, string password) => new("127.0.0.1", options.Port, DatabaseName, role, password);

    /// <summary>
    /// PostgreSQL takes a killed server for running as long as its pid is known, which it is until somebody has taken note of the end; that can
    /// take a while where whoever started it is gone as well.
    /// </summary>
    private async Task ForgetKilledAsync(CancellationToken ct)
    {
        while (ReadLines(Path.Combine(Data, "postmaster.pid")) is [var pid, ..]
            && int.TryParse(pid, out var former) && ProcessTable.Read(former) is { State: 'Z' or 'X' })
            await Task.Delay(20, ct);
    }

    private void Place(string name, string content)
    {
        var path = Path.Combine(Data, name);
        SecretFile.Write(path, content);
        user!.Own(path);
    }

    private static async Task StopNowAsync(ServerProcess process)
    {
        process.Signal(Libc.SigQuit);
        if (await process.WaitForExitAsync(TimeSpan.FromSeconds(5)))
            return;
        process.Kill();
        await process.WaitForExitAsync(StopDeadline);
    }

    // The server writes its state into the last line of this file; pg_ctl waits for the same word.
    private async Task WaitUntilReadyAsync(ServerProcess process, CancellationToken ct)
    {
        var file = Path.Combine(Data, "postmaster.pid");
        while (process.IsRunning)
        {
            if (ReadLines(file) is [var pid, .., var state] and { Length: >= 8 }
                && pid == $"{process.Pid}" && state.StartsWith("ready", StringComparison.Ordinal))
                return;
            await Task.Delay(20, ct);
        }

        throw new ServersException($"{options.Name} did not start: {string.Join(' ', ReadLines(Log).TakeLast(3))} (log: {Log})");
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException)
        {
            return [];
        }
    }
}
