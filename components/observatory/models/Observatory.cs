using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>An institution with telescopes.</summary>
public sealed record Observatory : Row, IRow<Observatory>
{
    public static Table<Observatory> Table { get; } = new("observatory")
    {
        Filters = [Field.OneOf((Observatory o) => o.Name, "with one of these names")],
        Sorts = [Field.Sort((Observatory o) => o.Name)],
        Patchable = ["description"],
    };

    public required int Id { get; init; }
    public required string Name { get; init; }
    public string? Description { get; init; }

    protected override object GetKey() => Id;
}

internal sealed class ObservatoryRules : AbstractValidator<Observatory>
{
    public ObservatoryRules()
    {
        RuleFor(o => o.Name).IsName();
        RuleFor(o => o.Description).IsText(10_000);
    }
}
