namespace OpsDb.Kernel;

/// <summary>Mistakes by field, as they are found. A refusal tells the first of them and counts the others, so that it stays small whatever was sent.</summary>
public sealed class FieldErrors
{
    /// <summary>Fields that a refusal names.</summary>
    public const int MaxTold = 20;

    private readonly Dictionary<string, string[]> told = [];
    private int others;

    public bool Any => told.Count > 0;

    /// <param name="field">As in the body or the query string; it may be anything that a caller sends.</param>
    public void Add(string field, string message)
    {
        var name = Excerpt.Of(field);
        if (told.TryGetValue(name, out var messages))
            told[name] = messages.Contains(message) ? messages : [.. messages, message];
        else if (told.Count < MaxTold)
            told[name] = [message];
        else
            others++;
    }

    /// <param name="hint">A sentence for all of them, such as which fields there are.</param>
    public RefusalException Refusal(Problem problem, string? hint = null)
    {
        var sentences = told.SelectMany(e => e.Value.Select(m => e.Key.Length == 0 ? m : $"{e.Key}: {m}."))
            .Concat(others > 0 ? [$"{others} more are wrong."] : Array.Empty<string>())
            .Concat(hint is null ? [] : [hint]);
        return new(problem, string.Join(" ", sentences)) { Errors = told };
    }

    /// <exception cref="ProblemException">There is a mistake.</exception>
    public void ThrowIfAny(Problem problem, string? hint = null)
    {
        if (Any)
            throw Refusal(problem, hint);
    }
}

/// <summary>What a refusal quotes of a caller's text.</summary>
public static class Excerpt
{
    private const int MaxLength = 100;

    /// <summary>At most the first 100 characters, and none that could not be shown.</summary>
    public static string Of(string text)
    {
        var end = text.Length <= MaxLength ? text.Length : char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
        var shown = text.AsSpan(0, end).ContainsAnyInRange('\0', '\u001f') || text.AsSpan(0, end).Contains('\u007f')
            ? string.Concat(text[..end].Select(c => char.IsControl(c) ? '\ufffd' : c))
            : text[..end];
        return end == text.Length ? shown : $"{shown}…";
    }
}
