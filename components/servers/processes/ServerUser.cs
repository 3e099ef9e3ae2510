using System.Globalization;

namespace OpsDb.Servers;

/// <summary>
/// Who runs the servers. As root they run as the user <c>postgres</c>, which is created if missing; otherwise as the caller.
/// PostgreSQL refuses to run as root, and nothing else needs to.
/// </summary>
internal sealed class ServerUser
{
    private const string Name = "postgres";
    private static readonly SemaphoreSlim Turn = new(1);
    private readonly (int User, int Group)? ids;

    private ServerUser((int, int)? ids) => this.ids = ids;

    public bool IsCaller => ids is null;

    public static async Task<ServerUser> FindAsync(CancellationToken ct)
    {
        if (!Libc.IsRoot)
            return new(null);
        // Several servers start at once.
        await Turn.WaitAsync(ct);
        try
        {
            if (await IdAsync("-u", ct) is null)
                await CreateAsync(ct);
            return new((await IdAsync("-u", ct) ?? throw Missing(), await IdAsync("-g", ct) ?? throw Missing()));
        }
        finally
        {
            Turn.Release();
        }
    }

    /// <summary>The same command, run as this user.</summary>
    public IEnumerable<string> Command(string program, params IEnumerable<string> arguments) =>
        ids is var (user, group)
            ? ["setpriv", $"--reuid={user}", $"--regid={group}", "--clear-groups", program, .. arguments]
            : [program, .. arguments];

    public void Own(string path)
    {
        if (ids is var (user, group))
            Libc.ChangeOwner(path, user, group);
    }

    /// <summary>Gives the folder to this user, with all that is in it.</summary>
    public void OwnAll(string folder)
    {
        Own(folder);
        if (IsCaller)
            return;
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories))
            Own(entry);
    }

    public async Task<bool> CanReadAsync(string file, CancellationToken ct) =>
        IsCaller || (await ProgramRun.RunAsync(Command("test", "-r", file), ct: ct)).ExitCode == 0;

    public async Task<bool> CanEnterAsync(string folder, CancellationToken ct) =>
        IsCaller || (await ProgramRun.RunAsync(Command("test", "-x", folder), ct: ct)).ExitCode == 0;

    private static async Task<int?> IdAsync(string what, CancellationToken ct)
    {
        var run = await ProgramRun.RunAsync(["id", what, Name], ct: ct);
        return run.ExitCode == 0 ? int.Parse(run.Output, CultureInfo.InvariantCulture) : null;
    }

    private static async Task CreateAsync(CancellationToken ct) =>
        await ProgramRun.ReadAsync(["useradd", "--system", "--user-group", "--home-dir", "/var/lib/postgresql", "--shell", "/bin/sh", Name], ct: ct);

    private static ServersException Missing() => new($"PostgreSQL does not run as root, and the user {Name} cannot be created; create it.");
}
