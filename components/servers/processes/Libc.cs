using System.Runtime.InteropServices;

namespace OpsDb.Servers;

/// <summary>The few calls of the C library that .NET does not offer.</summary>
internal static class Libc
{
    public const int SigInt = 2, SigQuit = 3, SigKill = 9, SigTerm = 15, SigCont = 18, SigStop = 19;

    public static bool IsRoot => geteuid() == 0;

    public static bool Kill(int pid, int signal) => kill(pid, signal) == 0;

    public static void ChangeOwner(string path, int user, int group)
    {
        if (chown(path, user, group) != 0)
            throw new ServersException($"{path} cannot be given to user {user} (error {Marshal.GetLastPInvokeError()}).");
    }

    /// <summary>Gives a file a second name, unless something has that name already.</summary>
    public static bool Link(string path, string name) => link(path, name) == 0;

    [DllImport("libc", SetLastError = true)]
    private static extern int link([MarshalAs(UnmanagedType.LPUTF8Str)] string path, [MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);

    [DllImport("libc")]
    private static extern uint geteuid();

    [DllImport("libc", SetLastError = true)]
    private static extern int chown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int owner, int group);
}
