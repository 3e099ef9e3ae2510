using System.Runtime.InteropServices;

namespace OpsDb.Servers;

/// <summary>Writes files that only their owner may read; the whole content is there or none of it.</summary>
public static class SecretFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes the file; what was there is replaced.</summary>
    public static void Write(string path, string content) => Place(path, content, overwrite: true);

    /// <summary>Reads the file, or makes it where there is none. Of several that try at once one makes it, and all get what it made.</summary>
    public static string ReadOrCreate(string path, Func<string> make)
    {
        if (File.Exists(path))
            return File.ReadAllText(path);
        try
        {
            var content = make();
            Place(path, content, overwrite: false);
            return content;
        }
        catch (IOException) when (File.Exists(path))
        {
            return File.ReadAllText(path);
        }
    }

    private static void Place(string path, string content, bool overwrite)
    {
        // Its name is nobody else's, so that two that write at once do not write into each other's.
        var part = $"{path}.{Guid.NewGuid():n}.part";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
            using (var writer = new StreamWriter(new FileStream(part, options)))
                writer.Write(content);
            // A move that must not replace anything looks first and then moves; a second name is given or not, at once.
            if (overwrite)
                File.Move(part, path, overwrite: true);
            else if (!Libc.Link(part, path))
                throw new IOException($"{path} cannot be made: error {Marshal.GetLastPInvokeError()}.");
        }
        finally
        {
            File.Delete(part);
        }
    }
}
