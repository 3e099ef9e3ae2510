using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>An institution with telescopes.</summary>
public sealed record Observatory : Row<int>, IRow<Observatory>
{
    public static Table<Observatory> Table { get; } = new("observatory")
    {
        Filters = [Field.OneOf((Observatory o) => o.Name, "with one of these names")],
        Sorts = [Field.Sort((Observatory o) => o.Name)],
        Patchable = ["description"],
    };

    /// <summary>Unique.</summary>
    /// <example>Cerro Alto Observatory</example>
    public required string Name { get; init; }

    /// <summary>In words.</summary>
    public string? Description { get; init; }
}

internal sealed class ObservatoryRules : AbstractValidator<Observatory>
{
    public ObservatoryRules()
    {
        RuleFor(o => o.Name).IsName();
        RuleFor(o => o.Description).IsText(10_000);
    }
}
