using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>
/// Says that a stack is started, or stays in the foreground, in a home: one at a time. The system gives it back when the process
/// ends, however it ends.
/// </summary>
internal sealed class HomeLock : IDisposable
{
    private readonly FileStream file;

    private HomeLock(FileStream file) => this.file = file;

    /// <exception cref="ServersException">Another one has it.</exception>
    public static HomeLock Take(StackHome home)
    {
        try
        {
            return new(new FileStream(home.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (File.Exists(home.Lock))
        {
            throw new ServersException($"a stack already runs or is being started in {home.Folder}; build/stop ends it.", e);
        }
    }

    public void Dispose() => file.Dispose();
}
