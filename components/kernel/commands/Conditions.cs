namespace OpsDb.Kernel;

/// <summary>An entity tag as a caller sends it (RFC 9110, 8.8.3).</summary>
/// <param name="Text">With its quotes, without <c>W/</c>.</param>
/// <param name="Weak">Whether the caller takes an equivalent content for the same.</param>
public readonly record struct EntityTag(string Text, bool Weak)
{
    public override string ToString() => Weak ? $"W/{Text}" : Text;
}

/// <summary>What <c>If-Match</c> or <c>If-None-Match</c> names: some tags, or whatever is there.</summary>
/// <param name="Any">The header is <c>*</c>.</param>
public sealed record EntityTags(bool Any, IReadOnlyList<EntityTag> Tags)
{
    /// <summary>Reads a header: tags in one line or in several.</summary>
    /// <param name="header">Its name, for the refusal.</param>
    /// <returns>Null when the header is absent.</returns>
    /// <exception cref="RefusalException">malformed-header.</exception>
    public static EntityTags? Parse(string header, IReadOnlyList<string?> lines)
    {
        if (lines.Count == 0)
            return null;
        if (lines is [{ } only] && only.Trim(' ', '\t') == "*")
            return new(true, []);
        var tags = new List<EntityTag>();
        return lines.All(line => TryAdd(tags, line ?? "")) && tags.Count > 0
            ? new(false, tags)
            : throw new RefusalException(Problems.MalformedHeader,
                $"{header} is *, or entity tags as this API gave them, each in double quotes, separated by commas.");
    }

    public override string ToString() => Any ? "*" : string.Join(", ", Tags);

    /// <summary>A tag may have commas in it, so that the line cannot be split at them.</summary>
    private static bool TryAdd(List<EntityTag> tags, string line)
    {
        var rest = line.AsSpan();
        while (true)
        {
            // The RFC wants empty elements to be overlooked.
            rest = rest.TrimStart(" \t,");
            if (rest.IsEmpty)
                return true;
            var weak = rest.StartsWith("W/", StringComparison.Ordinal);
            if (weak)
                rest = rest[2..];
            if (rest.IsEmpty || rest[0] != '"' || rest[1..].IndexOf('"') is not (>= 0 and var length))
                return false;
            if (rest.Slice(1, length).ContainsAnyInRange('\0', ' ') || rest.Slice(1, length).Contains('\u007F'))
                return false;
            tags.Add(new(rest[..(length + 2)].ToString(), weak));
            rest = rest[(length + 2)..].TrimStart(" \t");
            if (!rest.IsEmpty && rest[0] != ',')
                return false;
        }
    }
}

/// <summary>What the caller demands of the present content before anything is done (RFC 9110, 13).</summary>
/// <param name="IfMatch">It must be one that the caller knows.</param>
/// <param name="IfNoneMatch">It must be none that the caller knows.</param>
public sealed record Conditions(EntityTags? IfMatch = null, EntityTags? IfNoneMatch = null)
{
    public static Conditions None { get; } = new();

    /// <summary>For a change.</summary>
    /// <param name="row">As it is; null when the change creates one, which no tag can name.</param>
    /// <exception cref="RefusalException">version-mismatch.</exception>
    public void Require(Row? row)
    {
        if (IfMatch is { } wanted && (row is null || !wanted.Any && !wanted.Tags.Any(t => !t.Weak && row.IsWrittenOn(t.Text))))
            throw Mismatch(row is null ? $"There is nothing yet that If-Match {wanted} could name."
                : $"The resource's entity tag is {row.ETag}, not {wanted}.");
        if (IfNoneMatch is { } unwanted && row is not null && Names(unwanted, row.ETag))
            throw Mismatch($"The resource's entity tag is {row.ETag}, and the request is for any but {unwanted} (If-None-Match).");
    }

    /// <summary>For a read of what is there.</summary>
    /// <param name="tag">Of the whole content.</param>
    /// <param name="row">The row that is read, if it is one.</param>
    /// <returns>Whether the caller has it already.</returns>
    /// <exception cref="RefusalException">version-mismatch.</exception>
    public bool IsKnown(string tag, Row? row = null)
    {
        if (IfMatch is { Any: false } wanted && !wanted.Tags.Any(t => !t.Weak && (row?.IsWrittenOn(t.Text) ?? t.Text == tag)))
            throw Mismatch($"The resource's entity tag is {tag}, not {wanted}.");
        return IfNoneMatch is { } known && Names(known, tag);
    }

    private static bool Names(EntityTags tags, string tag) => tags.Any || tags.Tags.Any(t => t.Text == tag);

    private static RefusalException Mismatch(string detail) => new(Problems.VersionMismatch, detail);
}
