using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Observatories;

namespace OpsDb.ObsUnits;

/// <summary>A time that is reserved for an obs unit. Those of one telescope do not overlap; one may begin when another ends.</summary>
public sealed record PreScheduledSlot : Row<int>, IRow<PreScheduledSlot>
{
    public static Table<PreScheduledSlot> Table { get; } = new("pre_scheduled_slot")
    {
        SeenWith = [Field.With((PreScheduledSlot s) => s.ObsUnitId, ObsUnit.Table)],
        Noun = "pre-scheduled slot",
        Deletable = true,
        Filters =
        [
            Field.OneOf((PreScheduledSlot s) => s.ObsUnitId, "of these obs units"),
            Field.OneOf((PreScheduledSlot s) => s.TelescopeId, "of these telescopes"),
            Field.From("starts_from", (PreScheduledSlot s) => s.StartTime, "that begin at or after"),
            Field.Before("starts_before", (PreScheduledSlot s) => s.StartTime, "that begin before"),
            Field.From("ends_from", (PreScheduledSlot s) => s.EndTime, "that end at or after"),
        ],
        Sorts = [Field.Sort((PreScheduledSlot s) => s.StartTime)],
        DefaultSort = "start_time",
        References =
        [
            Field.Refers<PreScheduledSlot, ObsUnit, int>(s => s.ObsUnitId),
            Field.Refers<PreScheduledSlot, Telescope, int>(s => s.TelescopeId),
        ],
        Patchable = ["start_time", "end_time", "comment"],
    };

    /// <summary>The obs unit.</summary>
    /// <example>17</example>
    public required int ObsUnitId { get; init; }

    /// <summary>The telescope of the unit's instrument.</summary>
    /// <example>1</example>
    public required int TelescopeId { get; init; }

    /// <summary>UTC.</summary>
    /// <example>2026-03-01T02:00:00Z</example>
    public required DateTimeOffset StartTime { get; init; }

    /// <summary>UTC, after the start; the slot ends just before it.</summary>
    /// <example>2026-03-01T02:45:00Z</example>
    public required DateTimeOffset EndTime { get; init; }

    /// <summary>Remarks.</summary>
    public string? Comment { get; init; }
}

internal sealed class PreScheduledSlotRules : AbstractValidator<PreScheduledSlot>
{
    public PreScheduledSlotRules()
    {
        RuleFor(s => s.EndTime).GreaterThan(s => s.StartTime).WithMessage(s => $"is after the start, {Instant.Format(s.StartTime)}");
        RuleFor(s => s.EndTime).LessThanOrEqualTo(s => s.StartTime.AddDays(7)).WithMessage("is at most 7 days after the start");
        RuleFor(s => s.Comment).IsText(10_000);
    }
}

/// <summary>A slot is of the telescope that its unit is observed with.</summary>
internal sealed class PreScheduledSlotCheck : IRowCheck<PreScheduledSlot>
{
    public async Task CheckAsync(IReadOnlyList<PreScheduledSlot> rows, IRowsByKey others, Action<int, string, string> wrong, CancellationToken ct)
    {
        var of = await others.FindManyAsync<ObsUnit, int>([.. rows.Select(r => r.ObsUnitId).Distinct()], ct);
        var mounted = await others.FindManyAsync<Instrument, int>([.. of.Values.Select(u => u.InstrumentId).Distinct()], ct);
        foreach (var (n, row) in rows.Index())
        {
            if (mounted[of[row.ObsUnitId].InstrumentId].TelescopeId != row.TelescopeId)
                wrong(n, "telescope_id", "is not the telescope of the unit's instrument");
        }
    }
}
