using System.Globalization;

namespace OpsDb.Servers;

/// <summary>How the object store is run.</summary>
public sealed record ObjectServerOptions
{
    /// <summary>The folder below which its data and logs are kept.</summary>
    public required string Home { get; init; }

    /// <summary>Of the first of three ports on 127.0.0.1; the first one is that of S3.</summary>
    public required int Port { get; init; }

    /// <summary>With which the one user signs its requests.</summary>
    public required string AccessKeyId { get; init; }

    public required string SecretAccessKey { get; init; }

    /// <summary>How much it takes, bytes.</summary>
    public long Bytes { get; init; } = 4L * 1024 * 1024 * 1024;
}

/// <summary>
/// An S3 service on this machine that behaves as services in use do: a gateway of Ceph, with one monitor and one store, which keeps what it has in
/// memory. What is in it is gone when it ends.
/// </summary>
public sealed class ObjectServer(ObjectServerOptions options) : IAsyncDisposable
{
    private const string User = "opsdb";

    private static readonly string[] Pools = ["default.rgw.buckets.index", "default.rgw.buckets.data", "default.rgw.buckets.non-ec"];

    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(10), ReadyDeadline = TimeSpan.FromSeconds(90);

    private readonly List<ServerProcess> processes = [];
    private ServerUser user = null!;
    private string binaries = "";

    /// <summary>Called with the name and each process as soon as it runs.</summary>
    public Action<string, ServerProcess>? Started { get; init; }

    public Uri Address => new($"http://127.0.0.1:{options.Port}");

    /// <summary>The processes: monitor, store, gateway.</summary>
    public IReadOnlyList<ServerProcess> Processes => processes;

    private string Folder => Path.Combine(Path.GetFullPath(options.Home), "objects");

    private string Configuration => Path.Combine(Folder, "ceph.conf");

    private string Keyring => Path.Combine(Folder, "keyring");

    /// <summary>Starts it, empty, and waits until it answers.</summary>
    /// <exception cref="ServersException">It is not on this machine and cannot be installed, or does not start.</exception>
    public async Task StartAsync(CancellationToken ct = default)
    {
        binaries = await ServerBinaries.FindCephAsync(ct);
        user = await ServerUser.FindAsync(ct);
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        foreach (var part in (string[])["", "mon", "osd", "run"])
            Directory.CreateDirectory(Path.Combine(Folder, part), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (!await user.CanEnterAsync(Path.GetDirectoryName(Folder)!, ct))
            throw new ServersException($"the servers' user cannot come to {options.Home}");
        var cluster = Guid.NewGuid();
        await File.WriteAllTextAsync(Configuration, Configure(cluster), ct);
        user.OwnAll(Folder);
        await MakeKeysAsync(ct);
        await RunAsync(ct, "monmaptool", "--create", "--fsid", $"{cluster}", "--addv", "a", Monitors, Path.Combine(Folder, "monmap"));
        await RunAsync(ct, "ceph-mon", "-c", Configuration, "--mkfs", "-i", "a", "--monmap", Path.Combine(Folder, "monmap"), "--keyring", Keyring);
        Start("ceph-mon", "-i", "a");
        await RunAsync(ct, "ceph", "-c", Configuration, "--connect-timeout", "30", "osd", "create");
        await RunAsync(ct, "ceph-osd", "-c", Configuration, "-i", "0", "--mkfs");
        Start("ceph-osd", "-i", "0");
        await UntilAsync("ceph-osd", IsStoreUpAsync, ct);
        await RunAsync(ct, "ceph", "-c", Configuration, "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=localhost");
        // The gateway would make them with the first object, and refuse it.
        foreach (var pool in Pools)
        {
            await RunAsync(ct, "ceph", "-c", Configuration, "osd", "pool", "create", pool, "1", "1");
            await RunAsync(ct, "ceph", "-c", Configuration, "osd", "pool", "application", "enable", pool, "rgw");
        }
        Start("radosgw", "-n", "client.rgw");
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await UntilAsync("radosgw", () => AnswersAsync(http, ct), ct);
        await RunAsync(ct, "radosgw-admin", "-c", Configuration, "user", "create", $"--uid={User}", $"--display-name={User}",
            $"--access-key={options.AccessKeyId}", $"--secret={options.SecretAccessKey}");

        async Task<bool> IsStoreUpAsync() =>
            (await RunAsync(ct, "ceph", "-c", Configuration, "osd", "stat")).Contains("1 up", StringComparison.Ordinal);
    }

    /// <summary>Ends it; what is in it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(processes))
            await process.StopAsync(StopDeadline);
        processes.Clear();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private string Monitors => string.Create(CultureInfo.InvariantCulture, $"[v2:127.0.0.1:{options.Port + 1},v1:127.0.0.1:{options.Port + 2}]");

    private async Task MakeKeysAsync(CancellationToken ct)
    {
        foreach (var (name, create, rights) in ((string, bool, string[])[])
        [
            ("mon.", true, ["mon", "allow *"]), ("client.admin", false, ["mon", "allow *", "osd", "allow *"]),
            ("client.rgw", false, ["mon", "allow rwx", "osd", "allow rwx"]), ("osd.0", false, ["mon", "allow profile osd", "osd", "allow *"]),
        ])
        {
            var caps = rights.Chunk(2).SelectMany(r => (string[])["--cap", r[0], r[1]]);
            await RunAsync(ct, ["ceph-authtool", .. create ? (string[])["--create-keyring"] : [], Keyring, "-n", name, "--gen-key", .. caps]);
        }
    }

    private Task<string> RunAsync(CancellationToken ct, params string[] command) =>
        ProgramRun.ReadAsync(user.Command(Path.Combine(binaries, command[0]), command[1..]), ct: ct);

    private void Start(string program, params string[] arguments)
    {
        string[] command = [.. user.Command(Path.Combine(binaries, program), ["-c", Configuration, "-f", .. arguments])];
        var process = ServerProcess.Start(LogOf(program), null, command[0], command[1..]);
        processes.Add(process);
        Started?.Invoke(program, process);
    }

    private string LogOf(string program) => Path.Combine(options.Home, "log", $"{program}.log");

    private async Task UntilAsync(string program, Func<Task<bool>> isReady, CancellationToken ct)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await isReady())
        {
            if (!processes[^1].IsRunning || TimeProvider.System.GetElapsedTime(started) > ReadyDeadline)
                throw new ServersException($"{program} did not start (log: {LogOf(program)})");
            await Task.Delay(100, ct);
        }
    }

    private async Task<bool> AnswersAsync(HttpClient http, CancellationToken ct)
    {
        try
        {
            using var response = await http.GetAsync(Address, ct);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || e is OperationCanceledException && !ct.IsCancellationRequested)
        {
            return false;
        }
    }

    private string Configure(Guid cluster) => FormattableString.Invariant($"""
        [global]
        fsid={cluster}
        mon_host={Monitors}
        mon_initial_members=a
        auth_cluster_required=cephx
        auth_service_required=cephx
        auth_client_required=cephx
        auth_allow_insecure_global_id_reclaim=false
        public_network=127.0.0.0/8
        cluster_network=127.0.0.0/8
        osd_pool_default_size=1
        osd_pool_default_min_size=1
        osd_pool_default_pg_num=1
        osd_pool_default_pgp_num=1
        osd_pool_default_pg_autoscale_mode=off
        mon_allow_pool_size_one=true
        mon_max_pg_per_osd=1000
        mon_data_avail_crit=1
        mon_data_avail_warn=1
        osd_crush_chooseleaf_type=0
        osd_objectstore=memstore
        memstore_device_bytes={options.Bytes}
        osd_fast_shutdown=true
        keyring={Keyring}
        run_dir={Folder}/run
        admin_socket={Folder}/run/$cluster-$name.$pid.asok
        log_to_file=false
        log_to_stderr=true
        pid_file=
        crash_dir={Folder}/run
        [mon.a]
        mon_data={Folder}/mon
        [osd.0]
        osd_data={Folder}/osd
        [client.rgw]
        rgw_frontends=beast endpoint=127.0.0.1:{options.Port}
        rgw_dns_name=
        rgw_enable_apis=s3
        rgw_data={Folder}/run

        """);
}
