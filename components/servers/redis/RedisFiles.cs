namespace OpsDb.Servers;

/// <summary>The append-only files of a Redis server that does not run, and what can become of them.</summary>
/// <param name="data">The server's <c>dir</c>.</param>
public sealed class RedisFiles(string data)
{
    private readonly string folder = Path.Combine(data, "appendonlydir");

    private string Newest => Directory.GetFiles(folder, "*.incr.aof").Order(StringComparer.Ordinal).Last();

    /// <summary>
    /// Adds the beginning of a command that was never whole, as a power failure in the middle of a write leaves it. Nothing that
    /// was acknowledged is lost.
    /// </summary>
    /// <param name="share">How much of the command is there, 0 to below 1.</param>
    public void LeaveHalfWritten(double share)
    {
        var bytes = File.ReadAllBytes(Newest);
        var last = bytes.AsSpan().LastIndexOf("*1\r\n$5\r\nMULTI"u8);
        var command = last < 0 ? "*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$1\r\n1\r\n"u8 : bytes.AsSpan(last);
        using var file = new FileStream(Newest, FileMode.Append);
        file.Write(command[..Math.Clamp((int)(command.Length * share), 1, command.Length - 1)]);
    }

    /// <summary>Cuts the file in the middle of its newest entry of a stream: that entry is lost, acknowledged or not.</summary>
    public void LoseNewestEntry()
    {
        const int begun = 20;
        var entry = File.ReadAllBytes(Newest).AsSpan().LastIndexOf("XADD"u8);
        using var file = File.OpenWrite(Newest);
        file.SetLength(entry + begun);
    }

    /// <summary>Removes everything.</summary>
    public void Remove() => Directory.Delete(folder, recursive: true);

    /// <summary>Copies the files as they are, which may be done while the server runs.</summary>
    public void CopyTo(string other)
    {
        Directory.CreateDirectory(other);
        foreach (var file in Directory.GetFiles(folder))
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
    }

    /// <summary>Puts a copy in the place of what is there.</summary>
    public void PutBack(string other)
    {
        Remove();
        Directory.Move(other, folder);
    }
}
