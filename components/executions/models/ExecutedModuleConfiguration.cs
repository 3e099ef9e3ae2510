using System.Globalization;
using OpsDb.Kernel;
using OpsDb.Observatories;

namespace OpsDb.Executions;

/// <summary>A module with which an obs unit was executed, and how it was set up.</summary>
public sealed record ExecutedModuleConfiguration : Row<Guid>, IRow<ExecutedModuleConfiguration>
{
    public static Table<ExecutedModuleConfiguration> Table { get; } = new("executed_module_configuration")
    {
        SeenWith = [Field.With((ExecutedModuleConfiguration c) => c.ExecutedObsUnitId, Execution.Table)],
        Noun = "module configuration of an execution",
        IsLarge = true,
        Filters =
        [
            Field.OneOf((ExecutedModuleConfiguration c) => c.ExecutedObsUnitId, "of these executions"),
            Field.OneOf((ExecutedModuleConfiguration c) => c.InstrumentModuleConfigurationId, "with these module configurations"),
        ],
    };

    /// <summary>The execution.</summary>
    public required Guid ExecutedObsUnitId { get; init; }

    /// <summary>The module, of the unit's instrument, and how it was set up.</summary>
    /// <example>1</example>
    public required int InstrumentModuleConfigurationId { get; init; }

    /// <summary>Of an execution; its id follows from what it is of.</summary>
    public static ExecutedModuleConfiguration Of(Guid execution, int configuration) => new()
    {
        Id = DerivedId.Of(execution, string.Create(CultureInfo.InvariantCulture, $"module configuration\n{configuration}")),
        ExecutedObsUnitId = execution,
        InstrumentModuleConfigurationId = configuration,
    };
}

/// <summary>Which module configurations an instrument has.</summary>
internal sealed class UsedConfigurations(IReader<InstrumentModuleConfiguration, int> ways, IReader<InstrumentModule, int> modules)
{
    /// <param name="ids">As the caller names them.</param>
    /// <exception cref="RefusalException">reference-unknown, or invalid-fields where one is of another instrument.</exception>
    public async Task RequireAsync(IReadOnlyList<int> ids, int instrument, string field, CancellationToken ct)
    {
        if (ids.Count == 0)
            return;
        var found = await ways.FindManyAsync(ids, ct);
        var of = await modules.FindManyAsync([.. found.Values.Select(w => w.InstrumentModuleId).Distinct()], ct);
        var (unknown, wrong) = (new FieldErrors(), new FieldErrors());
        foreach (var (n, id) in ids.Index())
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{field}[{n}]");
            if (!found.TryGetValue(id, out var way))
                unknown.Add(at, $"there is no module configuration {id}");
            else if (of[way.InstrumentModuleId].InstrumentId != instrument)
                wrong.Add(at, "is of a module of another instrument than the unit");
        }
        unknown.ThrowIfAny(Problems.ReferenceUnknown);
        wrong.ThrowIfAny(Problems.InvalidFields);
    }
}
