using System.Text.Json;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.ObsUnits;

namespace OpsDb.RawData;

/// <summary>A package is begun, to which files come. Must never be lost. One that is there already is answered as it is.</summary>
/// <param name="ExecutedObsUnitId">The execution that its files are from.</param>
/// <param name="InstrumentModuleId">The module that made them.</param>
[Critical("raw_data_packages.create")]
public sealed record CreatePackage(Guid ExecutedObsUnitId, int InstrumentModuleId) : ICommand<RawDataPackage>
{
    private const string AwaitsFiles = "more files, then finalize";

    /// <summary>From 1: what is too large for one package goes into several.</summary>
    public int PartNumber { get; init; } = 1;

    /// <summary>What the instrument says of the data.</summary>
    public JsonElement? Metadata { get; init; }

    internal static RawDataPackage NewRow(Guid execution, int module, int part, JsonElement? metadata, DateTimeOffset now) => new()
    {
        Id = RawDataPackage.IdOf(execution, module, part),
        ExecutedObsUnitId = execution,
        InstrumentModuleId = module,
        PartNumber = part,
        Metadata = metadata,
        Since = now,
        NextStep = AwaitsFiles,
    };

    internal sealed class Handler(
        IReader<RawDataPackage, Guid> packages, IReader<Execution, Guid> executions, IReader<ObsUnit, int> units, IReader<InstrumentModule, int> modules,
        TimeProvider time)
        : ICommandHandler<CreatePackage, RawDataPackage>
    {
        public async Task<Decision<RawDataPackage>> Decide(CreatePackage command, CancellationToken ct)
        {
            var execution = await executions.RequireAsync(command.ExecutedObsUnitId, "executed_obs_unit_id", ct);
            var module = await modules.RequireAsync(command.InstrumentModuleId, "instrument_module_id", ct);
            if (FileRegistration.ModuleFault(module, await units.FindAsync(execution.ObsUnitId, ct)) is { } fault)
                throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]> { ["instrument_module_id"] = [fault] });
            var created = NewRow(command.ExecutedObsUnitId, command.InstrumentModuleId, command.PartNumber, command.Metadata, time.GetUtcNow());
            return await packages.FindAsync(created.Id, ct) is { } known ? new(new(), _ => known) : Decision.Create(created);
        }
    }
}
