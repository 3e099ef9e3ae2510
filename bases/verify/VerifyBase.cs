namespace OpsDb.Verify;

/// <summary>The command that checks the history of a run. It shares no code with what it checks.</summary>
public static class VerifyBase
{
    private const string Usage =
        """
        Usage: build/verify <folder of a run | its history.jsonl>

        Proves from history.jsonl, faults.jsonl and final.jsonl (docs/history-format.md) that each acknowledged
        write is on main exactly once with its content, or is shown as failed; that what was not acknowledged is
        there whole or not at all; that writes of a row kept their order; that each read and list at a site shows
        what the site had acknowledged and shown before, and nothing else; and that replicas and counters agree.

        Exit code: 0 proven, 1 something is wrong and is shown with its lines, 2 the files cannot be used.
        """;

    /// <returns>0 proven, 1 violated, 2 unusable input.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        if (arguments is not [var path] || path.StartsWith('-'))
        {
            (arguments is ["-h" or "--help"] ? output : errors).WriteLine(Usage);
            return arguments is ["-h" or "--help"] ? 0 : 2;
        }
        try
        {
            var isFolder = Directory.Exists(path);
            var history = isFolder ? Path.Combine(path, "history.jsonl") : path;
            return new Checker().Check(isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!, history, output) ? 0 : 1;
        }
        catch (UnusableException e)
        {
            errors.WriteLine($"Cannot be checked: {e.Message}");
            return 2;
        }
        catch (IOException e)
        {
            errors.WriteLine($"Cannot be checked: {e.Message}");
            return 2;
        }
    }
}
