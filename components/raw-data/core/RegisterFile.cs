using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>
/// An instrument has written a file. Must never be lost. The same file again is no change: the answer is the row that is there.
/// </summary>
/// <param name="ExecutedObsUnitId">The execution that it is from, which may have ended or still run.</param>
/// <param name="InstrumentModuleId">The module that made it, of the instrument of the execution's obs unit.</param>
/// <param name="SourceLocationId">Where it was written: a data location of type source.</param>
/// <param name="RelativePath">Below the location: parts with slashes between, UTF-8 in normal form C, at most 1,024 bytes.</param>
/// <param name="SizeBytes">Bytes.</param>
/// <param name="Checksum">Of the content, lower-case hexadecimal digits.</param>
[Critical("raw_data_files.create")]
public sealed record RegisterFile(
    Guid ExecutedObsUnitId, int InstrumentModuleId, int SourceLocationId, string RelativePath, long SizeBytes, byte[] Checksum) : ICommand<RawDataFile>
{
    /// <summary>How the checksum was computed.</summary>
    public ChecksumAlgorithm ChecksumAlgorithm { get; init; }

    /// <summary>What it is, in the words of the instrument.</summary>
    public string? FileType { get; init; }

    /// <summary>When it was written, UTC; now when absent.</summary>
    public DateTimeOffset? RecordedAt { get; init; }

    internal RawDataFile ToRow(DateTimeOffset now, Guid? package = null) => new()
    {
        Id = RawDataFile.IdOf(ExecutedObsUnitId, SourceLocationId, RelativePath),
        ExecutedObsUnitId = ExecutedObsUnitId,
        InstrumentModuleId = InstrumentModuleId,
        SourceLocationId = SourceLocationId,
        RelativePath = RelativePath,
        SizeBytes = SizeBytes,
        Checksum = Checksum,
        ChecksumAlgorithm = ChecksumAlgorithm,
        FileType = FileType,
        RecordedAt = RecordedAt ?? now,
        RawDataPackageId = package,
    };

    internal sealed class Handler(FileRegistration registration, TimeProvider time) : ICommandHandler<RegisterFile, RawDataFile>
    {
        public async Task<Decision<RawDataFile>> Decide(RegisterFile command, CancellationToken ct)
        {
            var changes = new Changes();
            var file = command.ToRow(time.GetUtcNow());
            await registration.RequireReferencesAsync([file], _ => "", ct);
            var known = await registration.AddAsync(changes, [file], _ => "", null, ct);
            return new(changes, c => known.GetValueOrDefault(file.Id) ?? (RawDataFile)c.Stamped(file));
        }
    }
}
