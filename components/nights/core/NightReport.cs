using OpsDb.Executions;
using OpsDb.Visibility;

namespace OpsDb.Nights;

/// <summary>What a telescope did in a night, beside what was planned.</summary>
/// <param name="TelescopeId">The telescope.<example>1</example></param>
/// <param name="TelescopeName">Its name.<example>T6</example></param>
/// <param name="Night">From one noon to the next, and what of it is dark.</param>
/// <param name="MadeAt">When this was put together, UTC.</param>
/// <param name="Plan">The slots that lie in the night, the earliest first.</param>
/// <param name="Executions">What was begun in the night, the earliest first.</param>
/// <param name="Time">How the dark time was used.</param>
/// <param name="Lost">The time of executions that were aborted or have failed, by their reason, the longest first.</param>
/// <param name="Programs">The time of each programme.</param>
/// <param name="StillRunning">Executions with this telescope that have not ended, whenever they began: somebody may have forgotten to say so.</param>
/// <param name="Weather">Of what was measured in the night.</param>
/// <param name="Files">How many files of the telescope's modules became known in the night.</param>
/// <param name="Bytes">Of these together.</param>
/// <param name="IsTruncated">Whether there are more slots or executions than are told of.</param>
public sealed record NightReport(
    int TelescopeId, string TelescopeName, Night Night, DateTimeOffset MadeAt, IReadOnlyList<PlannedSlot> Plan, IReadOnlyList<DoneExecution> Executions,
    NightTime Time, IReadOnlyList<LostTime> Lost, IReadOnlyList<ProgramTime> Programs, IReadOnlyList<RunningExecution> StillRunning,
    IReadOnlyList<Measured> Weather, long Files, long Bytes, bool IsTruncated);

/// <summary>A slot, and whether it came to anything.</summary>
/// <param name="ObsUnitId">The unit.<example>17</example></param>
/// <param name="ObsUnitName">Its name.<example>orion-kl map</example></param>
/// <param name="StartTime">UTC.</param>
/// <param name="EndTime">UTC.</param>
/// <param name="IsExecuted">Whether the unit was begun in the night, in the slot or elsewhere.<example>true</example></param>
public sealed record PlannedSlot(int ObsUnitId, string ObsUnitName, DateTimeOffset StartTime, DateTimeOffset EndTime, bool IsExecuted);

/// <summary>An execution.</summary>
/// <param name="Id">Of the execution.</param>
/// <param name="ObsUnitId">The unit.<example>17</example></param>
/// <param name="ObsUnitName">Its name.<example>orion-kl map</example></param>
/// <param name="ProgramShortName">Of its programme.<example>2026-ORION</example></param>
/// <param name="Status">Where it is.<example>completed</example></param>
/// <param name="StartTime">UTC.</param>
/// <param name="EndTime">UTC; null while it runs.</param>
/// <param name="Hours">From the start to the end, or until this was put together.<example>0.68</example></param>
/// <param name="Quality">The observer's judgement.</param>
/// <param name="Reason">Why it was aborted or has failed.</param>
/// <param name="Comment">The observer's remarks.</param>
public sealed record DoneExecution(
    Guid Id, int ObsUnitId, string ObsUnitName, string ProgramShortName, ExecutionStatus Status, DateTimeOffset StartTime, DateTimeOffset? EndTime,
    double Hours, Quality? Quality, string? Reason, string? Comment);

/// <summary>Hours of a night.</summary>
/// <param name="DarkHours">Between the ends of astronomical twilight, or of the whole night where it is dark all day.<example>9.2</example></param>
/// <param name="PlannedHours">Of the slots.<example>8.5</example></param>
/// <param name="ObservedHours">Of executions that were completed.<example>7.1</example></param>
/// <param name="LostHours">Of executions that were aborted or have failed.<example>0.4</example></param>
/// <param name="RunningHours">Of executions that run.<example>0</example></param>
/// <param name="IdleDarkHours">Dark, and without an execution.<example>1.7</example></param>
public sealed record NightTime(double DarkHours, double PlannedHours, double ObservedHours, double LostHours, double RunningHours, double IdleDarkHours);

/// <summary>Time that came to nothing.</summary>
/// <param name="Reason">As the observers said; null for what nobody has explained.<example>wind</example></param>
/// <param name="Hours">Together.<example>0.4</example></param>
/// <param name="Executions">How many.<example>1</example></param>
public sealed record LostTime(string? Reason, double Hours, int Executions);

/// <summary>The time of a programme in a night.</summary>
/// <param name="ObservingProgramId">The program.<example>3</example></param>
/// <param name="ShortName">Of the program.<example>2026-ORION</example></param>
/// <param name="ObservedHours">Of executions that were completed.<example>2.5</example></param>
/// <param name="Executions">Of whatever state.<example>3</example></param>
public sealed record ProgramTime(int ObservingProgramId, string ShortName, double ObservedHours, int Executions);

/// <summary>An execution that has not ended.</summary>
/// <param name="Id">Of the execution.</param>
/// <param name="ObsUnitId">The unit.<example>17</example></param>
/// <param name="ObsUnitName">Its name.<example>orion-kl map</example></param>
/// <param name="StartTime">UTC.</param>
/// <param name="AgeHours">Since its start.<example>31.5</example></param>
public sealed record RunningExecution(Guid Id, int ObsUnitId, string ObsUnitName, DateTimeOffset StartTime, double AgeHours);

/// <summary>What was measured of one thing in a night.</summary>
/// <param name="Quantity">Its field in a reading of the environment.<example>pwv_mm</example></param>
/// <param name="Readings">How many had it.<example>540</example></param>
/// <param name="Least">The smallest value.<example>0.31</example></param>
/// <param name="Median">The value in the middle.<example>0.42</example></param>
/// <param name="Greatest">The greatest value.<example>0.9</example></param>
public sealed record Measured(string Quantity, int Readings, double Least, double Median, double Greatest);
