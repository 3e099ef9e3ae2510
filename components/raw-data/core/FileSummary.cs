using System.Text.Json.Serialization;
using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>What files are counted by.</summary>
public enum FileGrouping
{
    /// <summary>The observing programme of the execution.</summary>
    Program,

    /// <summary>The day, UTC, on which they were recorded.</summary>
    Day,

    /// <summary>The instrument module.</summary>
    Module,

    /// <summary>Where their package is.</summary>
    State,
}

/// <summary>Where files are as far as their package tells.</summary>
public enum FileWhereabouts
{
    /// <summary>They are in no package.</summary>
    None,

    /// <summary>At the first location of their package.</summary>
    Waiting,

    /// <summary>On their way.</summary>
    Transferring,

    /// <summary>In the archive.</summary>
    Archived,

    /// <summary>Stuck on their way.</summary>
    Failed,
}

/// <summary>How many files there are, and how large they are together.</summary>
/// <param name="Items">A row for each group, in the order of what it was asked by.</param>
/// <param name="Truncated">Whether there are more groups than these.</param>
public sealed record FileSummary(IReadOnlyList<FileCount> Items, bool Truncated);

/// <summary>The files of one group; it has the fields that were asked by.</summary>
/// <param name="ObservingProgramId">Of their executions.</param>
/// <param name="Day">On which they were recorded, UTC.</param>
/// <param name="InstrumentModuleId">That made them.</param>
/// <param name="State">Where their package is.</param>
/// <param name="Files">How many.</param>
/// <param name="Bytes">Together; 2^63 - 1 stands for more.</param>
public sealed record FileCount(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? ObservingProgramId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateOnly? Day,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? InstrumentModuleId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FileWhereabouts? State,
    long Files,
    long Bytes);

/// <summary>A summary as asked for.</summary>
/// <param name="Files">Which files; the conditions alone count.</param>
/// <param name="By">Different ones; with none there is one group, of all.</param>
public sealed record FileSummaryQuery(ListQuery<RawDataFile> Files, IReadOnlyList<FileGrouping> By)
{
    public const string GroupBy = "group_by";

    /// <summary>Groups in an answer.</summary>
    public const int MaxGroups = 10_000;

    /// <summary>Reads the query string.</summary>
    /// <exception cref="RefusalException">malformed-parameter.</exception>
    public static FileSummaryQuery Parse(IReadOnlyDictionary<string, IReadOnlyList<string>> parameters)
    {
        var errors = new FieldErrors();
        var by = new List<FileGrouping>();
        foreach (var name in parameters.GetValueOrDefault(GroupBy)?.SelectMany(v => v.Split(',')) ?? [])
        {
            if (EnumText.Find<FileGrouping>(name) is { } grouping && !by.Contains(grouping))
                by.Add(grouping);
            else
                errors.Add(GroupBy, $"is a list of different ones of {string.Join(", ", EnumText.All<FileGrouping>())}");
        }
        errors.ThrowIfAny(Problems.MalformedParameter);
        return new(ListQuery<RawDataFile>.Parse(parameters.Where(p => p.Key != GroupBy).ToDictionary()), by);
    }
}

/// <summary>Counts files as the site sees them, with those that are pending.</summary>
public interface IFileSummaries
{
    Task<FileSummary> SumAsync(FileSummaryQuery query, CancellationToken ct);
}
