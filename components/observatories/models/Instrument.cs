using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>An instrument of a telescope.</summary>
public sealed record Instrument : Row<int>, IRow<Instrument>, IAvailable<Instrument>
{
    public static Table<Instrument> Table { get; } = new("instrument")
    {
        Filters =
        [
            Field.OneOf((Instrument i) => i.TelescopeId, "of these telescopes"),
            Field.OneOf((Instrument i) => i.Name, "with one of these names"),
            Field.OneOf((Instrument i) => i.InstrumentType, "of one of these types"),
            Field.OneOf((Instrument i) => i.Available, "in service or not"),
        ],
        Sorts = [Field.Sort((Instrument i) => i.Name)],
        References = [Field.Refers<Instrument, Telescope, int>(r => r.TelescopeId)],
        Facts = [Field.Fact((Instrument i) => i.AvailabilitySince)],
        Patchable = ["instrument_type", "description"],
    };

    /// <summary>The telescope that it is mounted on.</summary>
    /// <example>1</example>
    public required int TelescopeId { get; init; }

    /// <summary>Unique.</summary>
    /// <example>CAM-A</example>
    public required string Name { get; init; }

    /// <summary>For example <c>heterodyne_array</c>.</summary>
    /// <example>heterodyne_array</example>
    public string? InstrumentType { get; init; }

    /// <summary>In service; read by the scheduler.</summary>
    public required bool Available { get; init; }

    /// <summary>Why it is not in service; null while it is.</summary>
    /// <example>cryostat is warming up</example>
    public string? UnavailableReason { get; init; }

    /// <summary>Since when it is in service or is not, UTC; null for as long as it is known.</summary>
    public DateTimeOffset? AvailabilitySince { get; init; }

    /// <summary>In words.</summary>
    public string? Description { get; init; }

    Instrument IAvailable<Instrument>.WithAvailability(bool available, string? reason, DateTimeOffset? since) =>
        this with { Available = available, UnavailableReason = reason, AvailabilitySince = since };
}

internal sealed class InstrumentRules : AbstractValidator<Instrument>
{
    public InstrumentRules()
    {
        RuleFor(i => i.Name).IsName();
        this.AreOfService();
        RuleFor(i => i.InstrumentType).IsName();
        RuleFor(i => i.Description).IsText(10_000);
    }
}
