using System.Text.RegularExpressions;

namespace OpsDb.Servers;

/// <summary>
/// Finds the programs of PostgreSQL, Redis and Ceph on this machine; on Debian and Ubuntu, as root, installs what is missing.
/// </summary>
public static partial class ServerBinaries
{
    private const int OldestPostgres = 15, OldestRedis = 7;
    private const string PolicyFile = "/usr/sbin/policy-rc.d";

    /// <summary>The folder that holds <c>postgres</c>, <c>initdb</c>, <c>pg_basebackup</c> and <c>psql</c>.</summary>
    /// <exception cref="ServersException">Nothing suitable is there and nothing can be installed.</exception>
    public static async Task<string> FindPostgresAsync(CancellationToken ct = default) =>
        await NewestPostgresAsync(ct)
        ?? (await InstallAsync("postgresql", ct) ? await NewestPostgresAsync(ct) : null)
        ?? throw new ServersException(
            $"PostgreSQL {OldestPostgres} or newer is not on this machine: install it (on Debian and Ubuntu: apt-get install postgresql), "
            + "or name running servers in OPSDB_POSTGRES_PRIMARY and OPSDB_POSTGRES_REPLICA.");

    /// <summary>The path of <c>redis-server</c>.</summary>
    /// <exception cref="ServersException">Nothing suitable is there and nothing can be installed.</exception>
    public static async Task<string> FindRedisAsync(CancellationToken ct = default) =>
        await NewestRedisAsync(ct)
        ?? (await InstallAsync("redis-server", ct) ? await NewestRedisAsync(ct) : null)
        ?? throw new ServersException(
            $"Redis {OldestRedis} or newer is not on this machine: install it (on Debian and Ubuntu: apt-get install redis-server), "
            + "or name a running server in OPSDB_REDIS.");

    /// <summary>The folder that holds the programs of Ceph's object store.</summary>
    /// <exception cref="ServersException">They are not, and nothing can be installed.</exception>
    public static async Task<string> FindCephAsync(CancellationToken ct = default) =>
        Ceph() ?? (await InstallAsync("radosgw ceph-mon ceph-osd", ct) ? Ceph() : null)
        ?? throw new ServersException(
            "Ceph's object store is not on this machine: install it (on Debian and Ubuntu: apt-get install radosgw ceph-mon ceph-osd).");

    private static string? Ceph() => SearchPath().FirstOrDefault(f =>
        ((string[])["ceph", "ceph-mon", "ceph-osd", "ceph-authtool", "monmaptool", "radosgw", "radosgw-admin"]).All(p => File.Exists(Path.Combine(f, p))));

    private static async Task<string?> NewestPostgresAsync(CancellationToken ct)
    {
        var found = new List<(int Version, string Folder)>();
        foreach (var folder in PostgresFolders().Distinct().Where(f => Needed.All(p => File.Exists(Path.Combine(f, p)))))
        {
            if (await VersionAsync(Path.Combine(folder, "postgres"), ct) is { } version and >= OldestPostgres)
                found.Add((version, folder));
        }

        return found.OrderByDescending(f => f.Version).Select(f => f.Folder).FirstOrDefault();
    }

    private static readonly string[] Needed = ["postgres", "initdb", "pg_basebackup", "psql"];

    private static async Task<string?> NewestRedisAsync(CancellationToken ct)
    {
        foreach (var file in SearchPath().Select(f => Path.Combine(f, "redis-server")).Where(File.Exists))
        {
            if (await VersionAsync(file, ct) >= OldestRedis)
                return file;
        }

        return null;
    }

    private static IEnumerable<string> PostgresFolders() =>
        [.. Subfolders("/usr/lib/postgresql"), .. Subfolders("/usr", "pgsql-*"), "/usr/local/pgsql/bin", .. SearchPath()];

    private static IEnumerable<string> Subfolders(string folder, string pattern = "*") =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, pattern).Select(f => Path.Combine(f, "bin")) : [];

    private static IEnumerable<string> SearchPath() =>
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), "/usr/local/bin", "/usr/bin"];

    private static async Task<int?> VersionAsync(string program, CancellationToken ct)
    {
        var run = await ProgramRun.RunAsync([program, "--version"], ct: ct);
        var match = MajorVersion().Match(run.Output);
        return run.ExitCode == 0 && match.Success ? int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) : null;
    }

    private static async Task<bool> InstallAsync(string packages, CancellationToken ct)
    {
        string[] install = ["install", "-y", "--no-install-recommends", .. packages.Split(' ')];
        if (!Libc.IsRoot || !File.Exists("/etc/debian_version") || !File.Exists("/usr/bin/apt-get"))
            return false;
        // The distribution's own service shall not start: the servers here run on their own ports with their own data.
        var ownPolicy = !File.Exists(PolicyFile);
        try
        {
            if (ownPolicy)
            {
                await File.WriteAllTextAsync(PolicyFile, "#!/bin/sh\nexit 101\n", ct);
                File.SetUnixFileMode(PolicyFile, (UnixFileMode)0b111_101_101);
            }

            if (await AptAsync(install, ct))
                return true;
            return await AptAsync(["update"], ct) && await AptAsync(install, ct);
        }
        finally
        {
            if (ownPolicy)
                File.Delete(PolicyFile);
        }
    }

    private static async Task<bool> AptAsync(IEnumerable<string> arguments, CancellationToken ct)
    {
        var environment = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" };
        return (await ProgramRun.RunAsync(["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", .. arguments], environment, ct: ct)).ExitCode == 0;
    }

    [GeneratedRegex(@"(?:PostgreSQL\) |v=)(\d+)")]
    private static partial Regex MajorVersion();
}
