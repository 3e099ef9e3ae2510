using System.Text.Json;
using System.Text.Json.Serialization;
using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>
/// An instrument's module has written data of an execution: the files, their package and the links become known together, or nothing
/// does. Must never be lost.
/// </summary>
/// <param name="InstrumentModuleId">The module that made the files, of the instrument of the execution's obs unit.</param>
/// <param name="SourceLocationId">Where they were written: a data location of type source.</param>
/// <param name="Files">1 to 100,000 files.</param>
[Critical("raw_data.register")]
public sealed record RegisterData(int InstrumentModuleId, int SourceLocationId, IReadOnlyList<DataFile> Files) : ICommand<RegisteredFiles>
{
    [JsonIgnore]
    public Guid ExecutionId { get; init; }

    /// <summary>The package that they belong to, which is made when it is not there; absent when that is to be said later.</summary>
    public DataPackage? Package { get; init; }

    internal sealed class Handler(
        FileRegistration registration, IReader<Execution, Guid> executions, IReader<RawDataPackage, Guid> packages, TimeProvider time)
        : ICommandHandler<RegisterData, RegisteredFiles>
    {
        public async Task<Decision<RegisteredFiles>> Decide(RegisterData command, CancellationToken ct)
        {
            FileRegistration.RequireCount("files", command.Files.Count);
            await executions.GetAsync(command.ExecutionId, ct);
            var (now, changes) = (time.GetUtcNow(), new Changes());
            var package = command.Package is { } of ? await PackageAsync(command, of, now, ct) : null;
            List<RawDataFile> files =
            [
                .. command.Files.Select(f => new RegisterFile(
                    command.ExecutionId, command.InstrumentModuleId, command.SourceLocationId, f.RelativePath, f.SizeBytes, f.Checksum)
                {
                    ChecksumAlgorithm = f.ChecksumAlgorithm,
                    FileType = f.FileType,
                    RecordedAt = f.RecordedAt,
                }.ToRow(now, package?.Id)),
            ];
            // The request names them once for all of its files.
            await registration.RequireReferencesAsync(files[..1], _ => "", ct);
            if (package is { Version: 0 })
                changes.Create(package);
            var known = await registration.AddAsync(changes, files, i => $"files[{i}].", package, ct);
            var registered = new RegisteredFiles(files.Count, known.Count, [.. files.Select(f => f.Id)], package?.Id);
            return new(changes, _ => registered);
        }

        /// <returns>The package; one that is not there yet has no version.</returns>
        private async Task<RawDataPackage> PackageAsync(RegisterData command, DataPackage of, DateTimeOffset now, CancellationToken ct)
        {
            var created = CreatePackage.NewRow(command.ExecutionId, command.InstrumentModuleId, of.PartNumber, of.Metadata, now);
            return await packages.FindAsync(created.Id, ct) ?? created;
        }
    }
}

/// <summary>A file of one execution, module and location.</summary>
/// <param name="RelativePath">Below the location: parts with slashes between, UTF-8 in normal form C, at most 1,024 bytes.</param>
/// <param name="SizeBytes">Bytes.</param>
/// <param name="Checksum">Of the content, lower-case hexadecimal digits.</param>
public sealed record DataFile(string RelativePath, long SizeBytes, byte[] Checksum)
{
    /// <summary>How the checksum was computed.</summary>
    public ChecksumAlgorithm ChecksumAlgorithm { get; init; }

    /// <summary>What it is, in the words of the instrument.</summary>
    public string? FileType { get; init; }

    /// <summary>When it was written, UTC; now when absent.</summary>
    public DateTimeOffset? RecordedAt { get; init; }
}

/// <summary>The package of files that are registered together.</summary>
public sealed record DataPackage
{
    /// <summary>From 1: what is too large for one package goes into several.</summary>
    public int PartNumber { get; init; } = 1;

    /// <summary>What the instrument says of the data, when the package is made.</summary>
    public JsonElement? Metadata { get; init; }
}
