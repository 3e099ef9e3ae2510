namespace OpsDb.Verify;

/// <summary>The input cannot be checked: a file is missing, or a line is not what docs/history-format.md says.</summary>
internal sealed class UnusableException(string message) : Exception(message);

/// <summary>Reads a file of JSON lines, one at a time, with flat memory.</summary>
internal sealed class JsonLines : IDisposable
{
    private readonly FileStream file;
    private byte[] buffer = new byte[1 << 20];
    private int start, lineEnd, end;

    public JsonLines(string path)
    {
        Path = path;
        file = File.Exists(path)
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0, FileOptions.SequentialScan)
            : throw new UnusableException($"there is no file {path}");
    }

    public string Path { get; }

    /// <summary>The present line's number; the first one is 1.</summary>
    public int Number { get; private set; }

    /// <summary>The present line without its end.</summary>
    public ReadOnlySpan<byte> Line => buffer.AsSpan(start, lineEnd - start);

    public bool Next()
    {
        start = Number == 0 ? 0 : Math.Min(lineEnd + 1, end);
        Number++;
        for (var searched = start; ;)
        {
            var at = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                lineEnd = searched + at;
                return true;
            }
            searched = end;
            var moved = start;
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end, searched) = (0, end - moved, searched - moved);
            if (end == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            var read = file.Read(buffer, end, buffer.Length - end);
            if (read > 0)
            {
                end += read;
                continue;
            }
            lineEnd = end;
            return end > start;
        }
    }

    public UnusableException Unusable(string message) => new($"{System.IO.Path.GetFileName(Path)}:{Number}: {message}");

    public void Dispose() => file.Dispose();
}
