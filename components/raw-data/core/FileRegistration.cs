using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.Observatories;
using OpsDb.ObsUnits;

namespace OpsDb.RawData;

/// <summary>
/// Decides which of some files become known. A file that is there with the same content is no change, one with another content a
/// conflict; files of any number of executions are looked up with one question for each table.
/// </summary>
internal sealed class FileRegistration(
    IReader<RawDataFile, Guid> files, IReader<Execution, Guid> executions, IReader<ObsUnit, int> units, IReader<InstrumentModule, int> modules,
    IReader<DataLocation, int> locations, RowValidation rules)
{
    private const int MaxFiles = 100_000;

    /// <exception cref="RefusalException">invalid-fields.</exception>
    public static void RequireCount(string field, int count)
    {
        if (count is 0 or > MaxFiles)
        {
            throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]>
            {
                [field] = [$"{(field.Length == 0 ? "The body " : "")}has 1 to {MaxFiles} files, not {count}{(field.Length == 0 ? "." : "")}"],
            });
        }
    }

    /// <param name="at">What a field's name begins with, of the file with that number.</param>
    /// <param name="package">That they belong to; null for none, or not yet.</param>
    /// <returns>Those that are there already, by their ids, as they are or will be.</returns>
    /// <exception cref="RefusalException">invalid-fields, file-differs, state-conflict, package-finalized.</exception>
    public async Task<IReadOnlyDictionary<Guid, RawDataFile>> AddAsync(
        Changes changes, IReadOnlyList<RawDataFile> given, Func<int, string> at, RawDataPackage? package, CancellationToken ct)
    {
        rules.Check(RawDataFile.Table, given, at);
        var stored = await files.FindManyAsync([.. given.Select(f => f.Id).Distinct()], ct);
        var (errors, elsewhere) = (new FieldErrors(), new FieldErrors());
        var (known, seen) = (new Dictionary<Guid, RawDataFile>(), new Dictionary<Guid, RawDataFile>());
        var isChanged = false;
        foreach (var (n, file) in given.Index())
        {
            if ((stored.GetValueOrDefault(file.Id) ?? seen.GetValueOrDefault(file.Id)) is not { } before)
            {
                seen.Add(file.Id, file);
                _ = given.Count == 1 ? changes.Create(file) : changes.CreateOneOfMany(file);
                isChanged = true;
                continue;
            }
            if (!file.IsSameContent(before))
            {
                errors.Add($"{at(n)}checksum", $"is {Content(file)} here");
                errors.Add($"{at(n)}checksum", $"is {Content(before)} in {before.Id}");
            }
            else if (before.InstrumentModuleId != file.InstrumentModuleId)
                elsewhere.Add($"{at(n)}relative_path", $"is registered for module {before.InstrumentModuleId}, as {before.Id}");
            else if (package is not null && before.RawDataPackageId is { } other && other != package.Id)
                elsewhere.Add($"{at(n)}relative_path", $"is in the package {other} already, as {before.Id}");
            else if (before.RawDataPackageId is null && package is not null && stored.ContainsKey(file.Id) && seen.TryAdd(file.Id, file))
                isChanged = Link(changes, known, before, package);
            else
                known.TryAdd(file.Id, before);
        }
        errors.ThrowIfAny(RawDataProblems.FileDiffers);
        elsewhere.ThrowIfAny(Problems.StateConflict);
        if (isChanged && package is { FinalizedAt: { } closed })
        {
            throw new RefusalException(RawDataProblems.PackageFinalized,
                $"Part {package.PartNumber} was finalized at {Instant.Format(closed)}; register these files for part {package.PartNumber + 1}.");
        }
        if (isChanged && package is not null)
            changes.Touch(RawDataPackage.FilesOf(package.Id));
        return known.Where(k => stored.ContainsKey(k.Key)).ToDictionary();
    }

    /// <summary>What is wrong with data of the module from an execution of the obs unit; null when nothing is.</summary>
    public static string? ModuleFault(InstrumentModule module, ObsUnit? unit) => unit is null || unit.InstrumentId == module.InstrumentId ? null
        : $"is a module of instrument {module.InstrumentId}, and the execution is one with instrument {unit.InstrumentId}";

    private static bool Link(Changes changes, Dictionary<Guid, RawDataFile> known, RawDataFile before, RawDataPackage package)
    {
        var linked = before with { RawDataPackageId = package.Id };
        changes.Update(before, linked);
        known[before.Id] = linked;
        return true;
    }

    private static string Content(RawDataFile file) =>
        $"{EnumText.Of(file.ChecksumAlgorithm)} {Convert.ToHexStringLower(file.Checksum)}, {file.SizeBytes} bytes,";

    /// <summary>Looks for what files refer to: a location of type source, and a module of the instrument that the execution is one with.</summary>
    /// <exception cref="RefusalException">reference-unknown, invalid-fields.</exception>
    public async Task RequireReferencesAsync(IReadOnlyList<RawDataFile> given, Func<int, string> at, CancellationToken ct)
    {
        var foundExecutions = await executions.FindManyAsync([.. given.Select(f => f.ExecutedObsUnitId).Distinct()], ct);
        var foundUnits = await units.FindManyAsync([.. foundExecutions.Values.Select(e => e.ObsUnitId).Distinct()], ct);
        var foundModules = await modules.FindManyAsync([.. given.Select(f => f.InstrumentModuleId).Distinct()], ct);
        var foundLocations = await locations.FindManyAsync([.. given.Select(f => f.SourceLocationId).Distinct()], ct);
        var (unknown, wrong) = (new FieldErrors(), new FieldErrors());
        foreach (var (n, file) in given.Index())
        {
            if (foundExecutions.GetValueOrDefault(file.ExecutedObsUnitId) is not { } execution)
                unknown.Add($"{at(n)}executed_obs_unit_id", $"there is no execution {file.ExecutedObsUnitId}");
            else if (foundModules.TryGetValue(file.InstrumentModuleId, out var module)
                && ModuleFault(module, foundUnits.GetValueOrDefault(execution.ObsUnitId)) is { } fault)
                wrong.Add($"{at(n)}instrument_module_id", fault);
            if (!foundModules.ContainsKey(file.InstrumentModuleId))
                unknown.Add($"{at(n)}instrument_module_id", $"there is no instrument module {file.InstrumentModuleId}");
            if (foundLocations.GetValueOrDefault(file.SourceLocationId) is not { } location)
                unknown.Add($"{at(n)}source_location_id", $"there is no data location {file.SourceLocationId}");
            else if (location.LocationType != LocationType.Source)
                wrong.Add($"{at(n)}source_location_id", $"is a location of type {EnumText.Of(location.LocationType)}; instruments write to one of type source");
        }
        unknown.ThrowIfAny(Problems.ReferenceUnknown);
        wrong.ThrowIfAny(Problems.InvalidFields);
    }
}
