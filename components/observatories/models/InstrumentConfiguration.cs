using System.Text.Json;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Observatories;

/// <summary>How a module was set up from a moment on, as its control system tells: the log from which the set-up of any observation is known.</summary>
public sealed record InstrumentConfiguration : Row<Guid>, IRow<InstrumentConfiguration>
{
    public static Table<InstrumentConfiguration> Table { get; } = new("instrument_configuration")
    {
        Noun = "instrument configuration",
        IsLarge = true,
        Creation = new CriticalAttribute("instrument_configurations.create"),
        Filters =
        [
            Field.OneOf((InstrumentConfiguration c) => c.InstrumentModuleId, "of these modules"),
            Field.OneOf((InstrumentConfiguration c) => c.InstrumentModuleConfigurationId, "set up in one of these ways"),
            Field.From("set_from", (InstrumentConfiguration c) => c.SetAt, "set up at or after"),
            Field.Before("set_before", (InstrumentConfiguration c) => c.SetAt, "set up before"),
        ],
        Sorts = [Field.Sort((InstrumentConfiguration c) => c.SetAt)],
        DefaultSort = "-set_at",
        Facts = [Field.Fact((InstrumentConfiguration c) => c.SetAt)],
        References =
        [
            Field.Refers<InstrumentConfiguration, InstrumentModule, int>(c => c.InstrumentModuleId),
            Field.Refers<InstrumentConfiguration, InstrumentModuleConfiguration, int>(c => c.InstrumentModuleConfigurationId),
        ],
        Patchable = ["comment"],
    };

    /// <summary>The module.</summary>
    /// <example>1</example>
    public required int InstrumentModuleId { get; init; }

    /// <summary>The way in which it was set up, one of the module's; null when it is none of those that are known.</summary>
    /// <example>1</example>
    public int? InstrumentModuleConfigurationId { get; init; }

    /// <summary>What was set, as the control system says it; beside a known way what differs from it.</summary>
    public JsonElement? Settings { get; init; }

    /// <summary>From when on, UTC.</summary>
    /// <example>2026-03-01T02:10:00Z</example>
    public required DateTimeOffset SetAt { get; init; }

    /// <summary>Remarks.</summary>
    public string? Comment { get; init; }
}

internal sealed class InstrumentConfigurationRules : AbstractValidator<InstrumentConfiguration>
{
    public InstrumentConfigurationRules()
    {
        RuleFor(c => c.Settings!.Value).IsSettings().When(c => c.Settings is not null).OverridePropertyName(nameof(InstrumentConfiguration.Settings));
        RuleFor(c => c.Settings).NotNull().When(c => c.InstrumentModuleConfigurationId is null)
            .WithMessage("says what was set, unless instrument_module_configuration_id does");
        RuleFor(c => c.Comment).IsText(10_000);
    }
}

/// <summary>A module is set up in a way of its own.</summary>
internal sealed class InstrumentConfigurationCheck : IRowCheck<InstrumentConfiguration>
{
    public async Task CheckAsync(
        IReadOnlyList<InstrumentConfiguration> rows, IRowsByKey others, Action<int, string, string> wrong, CancellationToken ct)
    {
        List<int> named = [.. rows.Select(r => r.InstrumentModuleConfigurationId).OfType<int>().Distinct()];
        if (named.Count == 0)
            return;
        var found = await others.FindManyAsync<InstrumentModuleConfiguration, int>(named, ct);
        foreach (var (n, row) in rows.Index())
        {
            if (row.InstrumentModuleConfigurationId is { } id && found[id].InstrumentModuleId != row.InstrumentModuleId)
                wrong(n, "instrument_module_configuration_id", "is of another module");
        }
    }
}
