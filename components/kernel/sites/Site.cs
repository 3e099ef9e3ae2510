namespace OpsDb.Kernel;

/// <summary>What a site is.</summary>
public enum SiteType
{
    /// <summary>Writes go to the main database directly.</summary>
    Main,

    /// <summary>Critical writes go to the site's log; a background processor applies them to the main database.</summary>
    Secondary,
}

/// <summary>Which site this process serves.</summary>
/// <param name="Name">Lower-case letters, digits and _; part of every key of the site.</param>
/// <param name="Buffering">Critical writes are buffered; off at a secondary site sends them straight to the main database.</param>
public sealed record Site(string Name, SiteType Type, bool Buffering)
{
    /// <summary>Characters of the longest name.</summary>
    public const int MaxName = 31;

    public static Site Read(Settings settings)
    {
        var name = settings.Text("SITE_NAME", null, "name of this site: a lower-case letter, then up to 30 of a-z, 0-9 and _",
            v => System.Text.RegularExpressions.Regex.IsMatch(v, @"^[a-z][a-z0-9_]{0,30}\z")
                ? null
                : $"is a lower-case letter, then up to 30 of a-z, 0-9 and _, not '{v}'");
        var type = settings.Choice<SiteType>("SITE_TYPE", null, "main: writes go to the main database; secondary: critical writes are buffered");
        if (type == SiteType.Secondary && name == "main")
            settings.Mistake("SITE_NAME is main at a secondary site; each site has a name of its own");
        var buffer = settings.Flag("CRITICAL_OPERATIONS_BUFFER", true,
            "at a secondary site: buffer critical writes; false sends them straight to the main database");
        return new(name, type, type == SiteType.Secondary && buffer);
    }
}
