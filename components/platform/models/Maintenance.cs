using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Platform;

/// <summary>Writes are refused while this is set. Reading goes on, and so does a telescope's recording.</summary>
/// <param name="Reason">Why, as whoever writes is told; 1 to 500 characters.<example>The main database gets a new disk; until 14:00 UTC.</example></param>
public sealed record Maintenance(string Reason) : ISettingFields
{
    public static SettingName Setting => SettingName.Maintenance;

    /// <summary>From when on, UTC, which may be to come; null for at once.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The names of the sites that it is for; null for all.</summary>
    public IReadOnlyList<string>? Sites { get; init; }

    /// <summary>Whether secondary sites refuse critical writes, too: what a telescope does meanwhile is not recorded then.</summary>
    public bool Critical { get; init; }

    public bool IsOn(Site site, DateTimeOffset now) => (Since is not { } since || since <= now) && Sites?.Contains(site.Name) != false;

    /// <summary>Whether a change of this kind has to wait until it is over.</summary>
    public bool Refuses(KindAttribute mark, Site site, DateTimeOffset now) =>
        IsOn(site, now) && (Critical || mark is not CriticalAttribute || site.Type != SiteType.Secondary);
}

internal sealed class MaintenanceRules : AbstractValidator<Maintenance>
{
    private const int MaxSites = 50;

    public MaintenanceRules()
    {
        RuleFor(m => m.Reason).IsSentence();
        RuleFor(m => m.Sites).Must(s => s is null or { Count: >= 1 and <= MaxSites }).WithMessage($"has 1 to {MaxSites} names; absent for all sites");
        RuleForEach(m => m.Sites).Matches(@"^[a-z][a-z0-9_]{0,30}\z").WithMessage("is the name of a site: a lower-case letter, then up to 30 of a-z, 0-9 and _")
            .When(m => m.Sites is { Count: <= MaxSites });
    }
}
