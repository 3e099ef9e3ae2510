using System.Text.Json.Serialization;
using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>No more files come into the package: it can be packed. Must never be lost.</summary>
[Critical("raw_data_packages.finalize")]
public sealed record FinalizePackage : ICommand<RawDataPackage>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    /// <summary>How many files it should have; refused when it has another number.</summary>
    public int? FileCount { get; init; }

    /// <summary>Whether files of its execution and module that are in no package come into it first.</summary>
    public bool TakeAll { get; init; }

    internal sealed class Handler(IReader<RawDataPackage, Guid> packages, IReader<RawDataFile, Guid> files, TimeProvider time)
        : ICommandHandler<FinalizePackage, RawDataPackage>
    {
        public async Task<Decision<RawDataPackage>> Decide(FinalizePackage command, CancellationToken ct)
        {
            var package = await packages.GetAsync(command.Id, ct);
            if (package.FinalizedAt is { } already)
                throw new RefusalException(Problems.StateConflict, $"The package was finalized at {Instant.Format(already)}.");
            var all = await files.ListAsync(ListQuery<RawDataFile>.Everything.Where("executed_obs_unit_id", package.ExecutedObsUnitId), ct);
            var taken = command.TakeAll
                ? all.Items.Where(f => f.RawDataPackageId is null && f.InstrumentModuleId == package.InstrumentModuleId).ToList()
                : [];
            var mine = all.Items.Where(f => f.RawDataPackageId == package.Id).Concat(taken).ToList();
            if (command.FileCount is { } expected && expected != mine.Count)
            {
                throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]>
                {
                    ["file_count"] = [$"is {expected}, and the package has {mine.Count} files: register the missing ones first"],
                });
            }
            if (mine.Count == 0)
                throw new RefusalException(Problems.StateConflict, "The package has no files; register some for it, or take in those that are in none.");
            var finalized = package with
            {
                FinalizedAt = time.GetUtcNow(),
                FileCount = mine.Count,
                SizeBytes = Sizes.Sum(mine.Select(f => f.SizeBytes)),
                Since = time.GetUtcNow(),
                NextStep = "packing",
            };
            // The files first: into a package that is finalized the database lets none come.
            var changes = new Changes { Subject = package }.Claim(RawDataPackage.FilesOf(package.Id));
            foreach (var file in taken)
                changes.Update(file, file with { RawDataPackageId = package.Id });
            return new(changes.Update(package, finalized), c => (RawDataPackage)c.Stamped(finalized));
        }
    }
}
