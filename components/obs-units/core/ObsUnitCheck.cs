using OpsDb.Kernel;
using OpsDb.Programs;

namespace OpsDb.ObsUnits;

/// <summary>A unit belongs to a part of its own programme.</summary>
internal sealed class ObsUnitCheck(IReader<SubObservingProgram, int> parts) : IRowCheck<ObsUnit>
{
    private readonly Dictionary<int, SubObservingProgram> read = [];

    public async Task CheckAsync(ObsUnit? before, ObsUnit after, FieldErrors errors, CancellationToken ct)
    {
        if (after.SubObservingProgramId is not { } id || id == before?.SubObservingProgramId)
            return;
        if (!read.TryGetValue(id, out var part))
            part = read[id] = await parts.GetAsync(id, ct);
        if (part.ObservingProgramId != after.ObservingProgramId)
            errors.Add("sub_observing_program_id", $"is of the program {part.ObservingProgramId}, and the unit is of {after.ObservingProgramId}");
    }
}
