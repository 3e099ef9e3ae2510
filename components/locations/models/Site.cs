using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Locations;

/// <summary>A place with machines that keep data: a telescope, a data centre, an institute.</summary>
public sealed record Site : Row<int>, IRow<Site>
{
    public static Table<Site> Table { get; } = new("site")
    {
        Deletable = true,
        Filters =
        [
            Field.OneOf((Site s) => s.Name, "with one of these names"),
            Field.OneOf((Site s) => s.ShortName, "with one of these short names"),
        ],
        Sorts = [Field.Sort((Site s) => s.Name), Field.Sort((Site s) => s.ShortName)],
        Patchable = ["name", "place"],
    };

    /// <summary>Unique.</summary>
    /// <example>Data centre Valley</example>
    public required string Name { get; init; }

    /// <summary>Unique; the first part of the names of work queues, so it never changes.</summary>
    /// <example>valley</example>
    public required string ShortName { get; init; }

    /// <summary>Where it is, for people.</summary>
    /// <example>building 3, second floor</example>
    public string? Place { get; init; }
}

internal sealed class SiteRules : AbstractValidator<Site>
{
    public SiteRules()
    {
        RuleFor(s => s.Name).IsName();
        RuleFor(s => s.ShortName).Matches("^[a-z][a-z0-9]{0,31}$").WithMessage("has 1 to 32 lower-case letters and digits, a letter first");
        RuleFor(s => s.Place).IsName();
    }
}
