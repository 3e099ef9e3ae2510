using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>A part of an instrument that makes data of its own: an array of pixels in one band. Its name is unique within the instrument.</summary>
public sealed record InstrumentModule : Row<int>, IRow<InstrumentModule>, IAvailable<InstrumentModule>
{
    public static Table<InstrumentModule> Table { get; } = new("instrument_module")
    {
        IsTold = true,
        Filters =
        [
            Field.OneOf((InstrumentModule m) => m.InstrumentId, "of these instruments"),
            Field.OneOf((InstrumentModule m) => m.Name, "with one of these names"),
            Field.OneOf((InstrumentModule m) => m.Available, "in service or not"),
        ],
        Sorts = [Field.Sort((InstrumentModule m) => m.Name), Field.Sort((InstrumentModule m) => m.InstrumentId)],
        References = [Field.Refers<InstrumentModule, Instrument, int>(r => r.InstrumentId)],
        Facts = [Field.Fact((InstrumentModule m) => m.AvailabilitySince)],
        Patchable = ["pixels", "frequency_min_ghz", "frequency_max_ghz"],
    };

    /// <summary>The instrument that it is a part of.</summary>
    /// <example>1</example>
    public required int InstrumentId { get; init; }

    /// <example>CAM-A-350</example>
    public required string Name { get; init; }

    /// <summary>How many it has.</summary>
    /// <example>64</example>
    public int? Pixels { get; init; }

    /// <summary>Lower edge of the band or of the tuning range, GHz.</summary>
    /// <example>345</example>
    public double? FrequencyMinGhz { get; init; }

    /// <summary>Upper edge of the band or of the tuning range, GHz.</summary>
    /// <example>365</example>
    public double? FrequencyMaxGhz { get; init; }

    /// <summary>In service; read by the scheduler.</summary>
    public required bool Available { get; init; }

    /// <summary>Why it is not in service; null while it is.</summary>
    /// <example>cryostat is warming up</example>
    public string? UnavailableReason { get; init; }

    /// <summary>Since when it is in service or is not, UTC; null for as long as it is known.</summary>
    public DateTimeOffset? AvailabilitySince { get; init; }

    InstrumentModule IAvailable<InstrumentModule>.WithAvailability(bool available, string? reason, DateTimeOffset? since) =>
        this with { Available = available, UnavailableReason = reason, AvailabilitySince = since };
}

internal sealed class InstrumentModuleRules : AbstractValidator<InstrumentModule>
{
    public InstrumentModuleRules()
    {
        RuleFor(m => m.Name).IsName();
        this.AreOfService();
        RuleFor(m => m.Pixels).GreaterThan(0).WithMessage("is a number of pixels, above 0");
        RuleFor(m => m.FrequencyMinGhz).GreaterThan(0).WithMessage("is in GHz, above 0");
        RuleFor(m => m.FrequencyMaxGhz).GreaterThan(0).WithMessage("is in GHz, above 0");
        RuleFor(m => m.FrequencyMaxGhz).GreaterThanOrEqualTo(m => m.FrequencyMinGhz).When(m => m.FrequencyMinGhz is not null)
            .WithMessage(m => FormattableString.Invariant($"is in GHz, at least frequency_min_ghz, {m.FrequencyMinGhz}"));
    }
}
