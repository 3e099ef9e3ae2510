namespace OpsDb.Executions;

/// <summary>The time of a programme or of a part of one.</summary>
/// <param name="ObservingProgramId">The program.<example>3</example></param>
/// <param name="ShortName">Of the program.<example>2026-ORION</example></param>
/// <param name="SubObservingProgramId">The part of it; null in the sum of the whole program.</param>
/// <param name="AllocatedHours">What it was given; null when nobody has said.<example>120</example></param>
/// <param name="RequestedHours">What its obs units ask for; one that asks for no time counts nothing.<example>110.5</example></param>
/// <param name="UsedHours">Between start and end of the executions that were completed.<example>41.25</example></param>
/// <param name="LostHours">The same of those that were aborted or have failed.<example>1.5</example></param>
/// <param name="RunningHours">Since the start of those that run.<example>0.2</example></param>
/// <param name="Executions">How many there are, of whatever state.<example>62</example></param>
/// <param name="Completion">Used hours of the allocated ones, 0 to 1 and above; null without an allocation.<example>0.34375</example></param>
public sealed record ProgramHours(
    int ObservingProgramId, string ShortName, int? SubObservingProgramId, double? AllocatedHours, double RequestedHours, double UsedHours,
    double LostHours, double RunningHours, long Executions, double? Completion);

/// <summary>The time of programmes.</summary>
/// <param name="Items">Each program, and behind it its parts.</param>
public sealed record ProgramHoursList(IReadOnlyList<ProgramHours> Items);

/// <summary>Sums the time of programmes as the site sees it, with what is pending.</summary>
public interface IProgramHours
{
    /// <param name="program">One; null for all.</param>
    /// <param name="now">Until when those that run are counted.</param>
    Task<ProgramHoursList> SumAsync(int? program, DateTimeOffset now, CancellationToken ct);
}
