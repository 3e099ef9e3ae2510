using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>A way of observing, such as a map or a pointing.</summary>
public sealed record ObsMode : Row<int>, IRow<ObsMode>
{
    public static Table<ObsMode> Table { get; } = new("obs_mode")
    {
        Noun = "observing mode",
        Filters = [Field.OneOf((ObsMode m) => m.Name, "with one of these names")],
        Sorts = [Field.Sort((ObsMode m) => m.Name)],
        Patchable = ["description"],
    };

    /// <summary>Unique.</summary>
    /// <example>on-the-fly map</example>
    public required string Name { get; init; }

    /// <summary>In words.</summary>
    public string? Description { get; init; }
}

internal sealed class ObsModeRules : AbstractValidator<ObsMode>
{
    public ObsModeRules()
    {
        RuleFor(m => m.Name).IsName();
        RuleFor(m => m.Description).IsText(10_000);
    }
}
