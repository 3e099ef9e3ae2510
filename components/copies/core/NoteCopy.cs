using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;

namespace OpsDb.Copies;

/// <summary>
/// An object is at a location. What is noted already is answered as it is; a copy that was deleted is there again. With a checksum it
/// is verified at once.
/// </summary>
/// <param name="DataLocationId">Where.</param>
[Critical("physical_copies.create", Deferrable = true)]
public sealed record NoteCopy(int DataLocationId) : ICommand<PhysicalCopy>
{
    /// <summary>Of this file; exactly one object is given.</summary>
    public Guid? RawDataFileId { get; init; }

    /// <summary>Of this raw data package.</summary>
    public Guid? RawDataPackageId { get; init; }

    /// <summary>Of this data transfer package.</summary>
    public Guid? DataTransferPackageId { get; init; }

    /// <summary>Computed from the copy, lower-case hexadecimal digits; absent when nobody has.</summary>
    public byte[]? Checksum { get; init; }

    /// <summary>How it was computed.</summary>
    public ChecksumAlgorithm ChecksumAlgorithm { get; init; }

    internal sealed class Validator : AbstractValidator<NoteCopy>
    {
        public Validator()
        {
            RuleFor(c => c.RawDataFileId)
                .Must((c, _) => new[] { c.RawDataFileId, c.RawDataPackageId, c.DataTransferPackageId }.Count(id => id is not null) == 1)
                .WithMessage("is given, or raw_data_package_id is, or data_transfer_package_id: exactly one of them");
            RuleFor(c => c.Checksum).Must((c, sum) => sum is null || sum.Length == Checksums.Length(c.ChecksumAlgorithm))
                .WithMessage(c => Checksums.Form(c.ChecksumAlgorithm));
        }
    }

    internal sealed class Handler(CopyBook book, IReader<DataLocation, int> locations, TimeProvider time) : ICommandHandler<NoteCopy, PhysicalCopy>
    {
        public async Task<Decision<PhysicalCopy>> Decide(NoteCopy command, CancellationToken ct)
        {
            var location = await locations.RequireAsync(command.DataLocationId, "data_location_id", ct);
            var found = PhysicalCopy.At(location, time.GetUtcNow(), command.RawDataFileId, command.RawDataPackageId, command.DataTransferPackageId);
            await book.RequireItemAsync(found, ct);
            var changes = new Changes();
            var noted = await book.NoteAsync(changes, found, command.Checksum, command.ChecksumAlgorithm, ct);
            return new(changes, c => (PhysicalCopy)c.Stamped(noted));
        }
    }
}
