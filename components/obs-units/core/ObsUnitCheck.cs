using OpsDb.Kernel;
using OpsDb.Programs;

namespace OpsDb.ObsUnits;

/// <summary>A unit belongs to a part of its own programme.</summary>
internal sealed class ObsUnitCheck(IReader<SubObservingProgram, int> parts) : IRowCheck<ObsUnit>
{
    public async Task CheckAsync(IReadOnlyList<ObsUnit> rows, Action<int, string, string> wrong, CancellationToken ct)
    {
        List<int> named = [.. rows.Select(r => r.SubObservingProgramId).OfType<int>().Distinct()];
        if (named.Count == 0)
            return;
        var found = await parts.FindManyAsync(named, ct);
        foreach (var (n, row) in rows.Index())
        {
            if (row.SubObservingProgramId is { } id && found[id].ObservingProgramId != row.ObservingProgramId)
                wrong(n, "sub_observing_program_id", $"is of the program {found[id].ObservingProgramId}, and the unit is of {row.ObservingProgramId}");
        }
    }
}
