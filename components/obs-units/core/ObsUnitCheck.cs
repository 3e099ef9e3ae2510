using OpsDb.Kernel;
using OpsDb.Programs;

namespace OpsDb.ObsUnits;

/// <summary>A unit belongs to a part of its own programme.</summary>
internal sealed class ObsUnitCheck : IRowCheck<ObsUnit>
{
    public async Task CheckAsync(IReadOnlyList<ObsUnit> rows, IRowsByKey others, Action<int, string, string> wrong, CancellationToken ct)
    {
        List<int> named = [.. rows.Select(r => r.SubObservingProgramId).OfType<int>().Distinct()];
        if (named.Count == 0)
            return;
        var found = await others.FindManyAsync<SubObservingProgram, int>(named, ct);
        foreach (var (n, row) in rows.Index())
        {
            if (row.SubObservingProgramId is { } id && found[id].ObservingProgramId != row.ObservingProgramId)
                wrong(n, "sub_observing_program_id", "is of another program than the unit");
        }
    }
}
