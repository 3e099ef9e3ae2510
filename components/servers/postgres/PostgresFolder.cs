using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OpsDb.Servers;

/// <summary>
/// Where the clusters of a home lie: <c>{home}/postgres</c>, or, when PostgreSQL's user cannot enter the home (root's, say),
/// below <c>/var/lib/opsdb</c> with a symbolic link in the home.
/// </summary>
internal static class PostgresFolder
{
    private const string Elsewhere = "/var/lib/opsdb";
    public const UnixFileMode Enterable = (UnixFileMode)0b111_001_001;

    public static async Task<string> PrepareAsync(string home, ServerUser user, CancellationToken ct)
    {
        var link = Link(home);
        if (new DirectoryInfo(link).LinkTarget is { } target)
        {
            Make(target, Enterable);
            return target;
        }

        if (!Directory.Exists(link))
            Make(link, Enterable);
        if (await user.CanEnterAsync(link, ct))
            return link;

        var real = RealFolder(home);
        // Data whose home, and with it the passwords, was deleted by hand is of no use to anybody, unless it is still served.
        if (Directory.Exists(real))
        {
            if (ServedBy(real) is { } pid)
                throw new ServersException($"{real} is still used by a PostgreSQL server (pid {pid}) whose home was removed; end it first (kill -INT {pid}).");
            Directory.Delete(real, recursive: true);
        }

        Make(Elsewhere, Enterable | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Make(real, Enterable);
        Directory.Delete(link);
        Directory.CreateSymbolicLink(link, real);
        return real;
    }

    /// <summary>The folder outside the home that this home's clusters use, if any.</summary>
    public static string? Outside(string home) =>
        new DirectoryInfo(Link(home)).LinkTarget is { } target && target == RealFolder(home) ? target : null;

    public static void RemoveElsewhereIfEmpty()
    {
        if (Directory.Exists(Elsewhere) && !Directory.EnumerateFileSystemEntries(Elsewhere).Any())
            Directory.Delete(Elsewhere);
    }

    /// <summary>With exactly that mode, whatever the caller's umask takes away.</summary>
    private static void Make(string folder, UnixFileMode mode)
    {
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, mode);
    }

    private static int? ServedBy(string folder)
    {
        foreach (var file in Directory.EnumerateDirectories(folder).Select(f => Path.Combine(f, "data", "postmaster.pid")).Where(File.Exists))
        {
            if (int.TryParse(File.ReadLines(file).FirstOrDefault(), CultureInfo.InvariantCulture, out var pid) && ProcessTable.Read(pid) is not null)
                return pid;
        }

        return null;
    }

    private static string Link(string home) => Path.Combine(Path.GetFullPath(home), "postgres");

    private static string RealFolder(string home) =>
        Path.Combine(Elsewhere, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(home))))[..12]);
}

/// <summary>The folder in which the servers of one stack or one test run keep their data.</summary>
public static class ServersHome
{
    /// <summary>
    /// Makes the folder so that PostgreSQL's user, which may be another one, can enter and not look around; what is secret in it is
    /// protected by itself.
    /// </summary>
    public static void Create(string home)
    {
        Directory.CreateDirectory(home);
        File.SetUnixFileMode(home, PostgresFolder.Enterable);
    }

    /// <summary>Makes a folder for what not everybody may see, such as logs, which tell of what is stored: only its owner can enter.</summary>
    public static void CreatePrivate(string folder)
    {
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Gives a folder, with all that is in it, to the user as whom the servers run, where that is another one.</summary>
    public static async Task GiveToServersAsync(string folder, CancellationToken ct) => (await ServerUser.FindAsync(ct)).OwnAll(folder);

    /// <summary>Removes the folder, and the data that had to be kept outside it.</summary>
    public static void Delete(string home)
    {
        foreach (var folder in Folders(home))
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }

        PostgresFolder.RemoveElsewhereIfEmpty();
    }

    /// <summary>Removes what is in the folder, and the data that had to be kept outside it.</summary>
    /// <param name="but">Names that stay.</param>
    public static void Clear(string home, IReadOnlyCollection<string> but)
    {
        if (PostgresFolder.Outside(home) is { } outside && Directory.Exists(outside))
            Directory.Delete(outside, recursive: true);
        foreach (var entry in new DirectoryInfo(home).EnumerateFileSystemInfos().Where(e => !but.Contains(e.Name)).ToList())
        {
            if (entry is DirectoryInfo { LinkTarget: null } folder)
                folder.Delete(recursive: true);
            else
                entry.Delete();
        }

        PostgresFolder.RemoveElsewhereIfEmpty();
    }

    internal static IReadOnlyList<string> Folders(string home) =>
        PostgresFolder.Outside(home) is { } outside ? [outside, Path.GetFullPath(home)] : [Path.GetFullPath(home)];
}
