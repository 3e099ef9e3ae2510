using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.ObsUnits;
using OpsDb.Programs;
using OpsDb.Sources;

namespace OpsDb.RawData;

/// <summary>What the records know of the observation that a package is from, in the terms of ObsCore.</summary>
internal sealed class KnownObservation(
    IReader<Execution, Guid> executions, IReader<ObsUnit, int> units, IReader<ObservingProgram, int> programs, IReader<Source, int> sources,
    IReader<InstrumentModule, int> modules, IReader<Instrument, int> instruments, IReader<Telescope, int> telescopes,
    IReader<Observatory, int> observatories, ObsCoreOptions options)
{
    /// <returns>With null for what they do not know.</returns>
    public async Task<DescribePackage> OfAsync(RawDataPackage package, CancellationToken ct)
    {
        var execution = await executions.GetAsync(package.ExecutedObsUnitId, ct);
        var unit = await units.GetAsync(execution.ObsUnitId, ct);
        var program = await programs.GetAsync(unit.ObservingProgramId, ct);
        var source = await sources.GetAsync(unit.SourceId, ct);
        var module = await modules.GetAsync(package.InstrumentModuleId, ct);
        var instrument = await instruments.GetAsync(module.InstrumentId, ct);
        var telescope = await telescopes.GetAsync(instrument.TelescopeId, ct);
        var observatory = await observatories.GetAsync(telescope.ObservatoryId, ct);
        return new()
        {
            ObsCollection = program.ShortName,
            ObsId = Table.KeyText(execution.Id),
            ObsPublisherDid = options.Publisher.Length == 0 ? null : $"{options.Publisher}?{package.Id}",
            AccessEstsize = package.SizeBytes is { } bytes ? ObsCoreUnits.Kbytes(bytes) : null,
            TargetName = source.Name,
            SRa = source.RaDeg,
            SDec = source.DecDeg,
            TMin = ObsCoreUnits.Mjd(execution.StartTime),
            TMax = execution.EndTime is { } end ? ObsCoreUnits.Mjd(end) : null,
            TExptime = (execution.EndTime - execution.StartTime)?.TotalSeconds,
            EmMin = module.FrequencyMaxGhz is { } high ? ObsCoreUnits.WavelengthM(high) : null,
            EmMax = module.FrequencyMinGhz is { } low ? ObsCoreUnits.WavelengthM(low) : null,
            FacilityName = observatory.Name,
            InstrumentName = $"{instrument.Name}/{module.Name}",
        };
    }
}
