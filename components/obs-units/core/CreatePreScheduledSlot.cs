using OpsDb.Kernel;

namespace OpsDb.ObsUnits;

/// <summary>A time is reserved for an obs unit.</summary>
/// <param name="TelescopeId">The telescope of the unit's instrument.</param>
/// <param name="StartTime">UTC.</param>
/// <param name="EndTime">UTC, after the start.</param>
public sealed record CreatePreScheduledSlot(int ObsUnitId, int TelescopeId, DateTimeOffset StartTime, DateTimeOffset EndTime) : ICreate<PreScheduledSlot>
{
    public string? Comment { get; init; }
}
