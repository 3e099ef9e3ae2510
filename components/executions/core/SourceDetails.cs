using OpsDb.Kernel;
using OpsDb.ObsUnits;
using OpsDb.Sources;

namespace OpsDb.Executions;

/// <summary>What is planned for a source with one obs unit, and what was observed.</summary>
/// <param name="ObsUnit">As it is planned.</param>
/// <param name="Executions">How many there are, running ones too.</param>
/// <param name="ObservedHours">Between start and end of those that have ended, whatever became of them.</param>
public sealed record SourceObsUnit(ObsUnit ObsUnit, int Executions, double ObservedHours);

/// <summary>All that is known of a source.</summary>
/// <param name="Source">The whole row.</param>
/// <param name="Chip">What a card shows of it.</param>
/// <param name="ObsUnits">Of the source, by their ids.</param>
/// <param name="RequestedHours">The sum over its obs units; one that asks for no time counts nothing.</param>
/// <param name="ObservedHours">The sum over its obs units.</param>
/// <param name="IsTruncated">Whether there are more obs units, or older executions, than were counted.</param>
public sealed record SourceDetails(
    Source Source, SourceChip Chip, IReadOnlyList<SourceObsUnit> ObsUnits, double RequestedHours, double ObservedHours, bool IsTruncated);

/// <summary>Reads sources with what is planned for them and what was observed, as the site sees it.</summary>
public sealed class SourceDetailsReader(IReader<Source, int> sources, IReader<ObsUnit, int> units, IReader<Execution, Guid> executions)
{
    public const int MaxObsUnits = 1000, MaxExecutions = 10_000;

    /// <exception cref="RefusalException">not-found.</exception>
    public async Task<SourceDetails> ReadAsync(int id, CancellationToken ct)
    {
        var source = await sources.GetAsync(id, ct);
        var planned = await units.ListAsync(ListQuery<ObsUnit>.Everything.Where("source_id", id) with { Limit = MaxObsUnits }, ct);
        var observed = planned.Items.Count == 0 ? new([], null, null) : await executions.ListAsync(
            ListQuery<Execution>.Everything.WhereOneOf("obs_unit_id", [.. planned.Items.Select(u => (object)u.Id)]) with { Limit = MaxExecutions }, ct);
        var byUnit = observed.Items.ToLookup(e => e.ObsUnitId);
        var parts = planned.Items.Select(u => new SourceObsUnit(u, byUnit[u.Id].Count(), byUnit[u.Id].Sum(Hours))).ToList();
        return new(source, SourceChip.Of(source), parts, planned.Items.Sum(u => (u.RequestedMinutes ?? 0) / 60.0), parts.Sum(p => p.ObservedHours),
            planned.Next is not null || observed.Next is not null);
    }

    private static double Hours(Execution execution) => execution.EndTime is { } end ? (end - execution.StartTime).TotalHours : 0;
}
