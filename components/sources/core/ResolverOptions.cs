using OpsDb.Kernel;

namespace OpsDb.Sources;

/// <summary>Whose form a resolver's answers have.</summary>
public enum ResolverKind
{
    /// <summary>TAP of SIMBAD, as JSON.</summary>
    Simbad,

    /// <summary>ObjectLookup of NED.</summary>
    Ned,
}

/// <summary>Where a resolver is asked.</summary>
/// <param name="Template">The address; the name takes the place of <c>{name}</c>.</param>
public sealed record ResolverAddress(ResolverKind Kind, string Template)
{
    public const string Placeholder = "{name}";

    /// <exception cref="FormatException">It is no address in which a name could stand.</exception>
    public static ResolverAddress Parse(string text)
    {
        if (text.Split('=', 2) is not [var kind, var template] || EnumText.Find<ResolverKind>(kind) is not { } known)
            throw new FormatException($"begins with {EnumText.Describe(typeof(ResolverKind))} and =");
        var isAddress = Uri.TryCreate(template.Replace(Placeholder, "x", StringComparison.Ordinal), UriKind.Absolute, out var uri)
            && uri is { Scheme: "http" or "https", UserInfo: "", Fragment: "" } && template.Contains(Placeholder, StringComparison.Ordinal)
            // The name must not choose who is asked.
            && template.StartsWith($"{uri.Scheme}://{uri.Authority}/", StringComparison.OrdinalIgnoreCase);
        return isAddress
            ? new(known, template)
            : throw new FormatException($"has an http or https address with {Placeholder} in its path or query, and no user");
    }

    /// <summary>Of a question about a name.</summary>
    public Uri Of(string name) => new(Template.Replace(Placeholder, Uri.EscapeDataString(name), StringComparison.Ordinal));
}

/// <summary>Who is asked where an object is.</summary>
/// <param name="Addresses">In the order in which they are asked.</param>
/// <param name="TimeLimit">Of one answer.</param>
/// <param name="KeptFor">How long an answer that is kept does instead of a new one.</param>
public sealed record ResolverOptions(IReadOnlyList<ResolverAddress> Addresses, TimeSpan TimeLimit, TimeSpan KeptFor)
{
    public static ResolverOptions Read(Settings settings)
    {
        var text = settings.Text("SOURCE_RESOLVERS", "",
            "who is asked where an object of a name is, one after another, parted by blanks: simbad= or ned= and the address, with {name} where the name is "
            + "to stand; see [sources](user-guide.md#sources). Unset: nobody",
            value =>
            {
                var faults = Parts(value).Select(Fault).OfType<string>().ToList();
                return faults.Count == 0 ? null : $"has an entry that is wrong: each {faults[0]}";
            });
        IReadOnlyList<ResolverAddress> addresses = Parts(text).All(p => Fault(p) is null) ? [.. Parts(text).Select(ResolverAddress.Parse)] : [];
        foreach (var address in addresses.Where(a => new Uri(a.Template) is { Scheme: "http", IsLoopback: false }))
            settings.Warn($"The resolver {EnumText.Of(address.Kind)} is asked without TLS: its answers can be changed on the way; use https");
        return new(addresses,
            settings.Seconds("SOURCE_RESOLVER_TIMEOUT", 5, 0.1, 60, "how long one of SOURCE_RESOLVERS may take to answer"),
            settings.Seconds("SOURCE_RESOLUTION_AGE", 2_592_000, 0, 315_360_000,
                "how old an answer may be that is kept in the database, so that no resolver is asked again"));
    }

    private static string[] Parts(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? Fault(string part)
    {
        try
        {
            ResolverAddress.Parse(part);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }
}
