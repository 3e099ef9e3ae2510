using System.Text.Json.Serialization;
using FluentValidation;
using OpsDb.Copies;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;

namespace OpsDb.Transfers;

/// <summary>A raw data package is to be archived.</summary>
/// <param name="RawDataPackageId">One that is built.</param>
/// <param name="OriginLocationId">The buffer from which.</param>
/// <param name="DestinationLocationId">The long-term archive.</param>
[Kind("archive_transfers.create")]
public sealed record CreateArchiveTransfer(Guid RawDataPackageId, int OriginLocationId, int DestinationLocationId) : ICommand<ArchiveTransfer>
{
    internal sealed class Handler(IReader<RawDataPackage, Guid> packages, IReader<DataLocation, int> locations, TimeProvider time)
        : ICommandHandler<CreateArchiveTransfer, ArchiveTransfer>
    {
        public async Task<Decision<ArchiveTransfer>> Decide(CreateArchiveTransfer command, CancellationToken ct)
        {
            var package = await packages.RequireAsync(command.RawDataPackageId, "raw_data_package_id", ct);
            var origin = await locations.RequireAsync(command.OriginLocationId, "origin_location_id", ct);
            var destination = await locations.RequireAsync(command.DestinationLocationId, "destination_location_id", ct);
            var wrong = new FieldErrors();
            if (origin.LocationType is not (LocationType.Buffer or LocationType.LongTermArchive))
                wrong.Add("origin_location_id",
                    $"is a location of type {EnumText.Of(origin.LocationType)}; archives are filled from a buffer or another archive");
            if (destination.LocationType != LocationType.LongTermArchive || destination.Id == origin.Id)
                wrong.Add("destination_location_id", $"is a location of type {EnumText.Of(destination.LocationType)}; it is another one, a long_term_archive");
            wrong.ThrowIfAny(Problems.InvalidFields);
            if (package.BuildStatus != WorkStatus.Completed)
                throw new RefusalException(Problems.StateConflict,
                    $"The raw data package is not built: its build_status is {EnumText.Of(package.BuildStatus)}.");
            var now = time.GetUtcNow();
            return Decision.Create(new ArchiveTransfer
            {
                Id = Guid.CreateVersion7(now),
                RawDataPackageId = package.Id,
                OriginLocationId = origin.Id,
                DestinationLocationId = destination.Id,
                Since = now,
                NextStep = "archiving",
            });
        }
    }
}

/// <summary>
/// Archiving has come into another state. It is completed when the archive has a verified copy, which is noted with it; then the
/// package is archived.
/// </summary>
[Kind("archive_transfers.move")]
public sealed record MoveArchiveTransfer(WorkStatus Status) : WorkMove, ICommand<ArchiveTransfer>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    /// <summary>Of the copy in the archive, lower-case hexadecimal digits; with the status <c>completed</c>, unless the copy is verified already.</summary>
    public byte[]? Checksum { get; init; }

    /// <summary>How the checksum was computed.</summary>
    public ChecksumAlgorithm ChecksumAlgorithm { get; init; }

    internal sealed class Validator : AbstractValidator<MoveArchiveTransfer>
    {
        public Validator()
        {
            RuleFor(c => c.Reason).NotEmpty().When(c => c.Status == WorkStatus.Failed).WithMessage("says why it has failed");
            RuleFor(c => c.Checksum).Null().When(c => c.Status != WorkStatus.Completed).WithMessage("comes with the status completed");
            RuleFor(c => c.Checksum).Must((c, sum) => sum is null || sum.Length == Checksums.Length(c.ChecksumAlgorithm))
                .WithMessage(c => Checksums.Form(c.ChecksumAlgorithm));
        }
    }

    internal sealed class Handler(
        IReader<ArchiveTransfer, Guid> transfers, IReader<RawDataPackage, Guid> packages, IReader<DataLocation, int> locations, CopyBook book,
        TimeProvider time) : ICommandHandler<MoveArchiveTransfer, ArchiveTransfer>
    {
        public async Task<Decision<ArchiveTransfer>> Decide(MoveArchiveTransfer command, CancellationToken ct)
        {
            var (transfer, now) = (await transfers.GetAsync(command.Id, ct), time.GetUtcNow());
            ArchiveTransfer.Transitions.Require(transfer.Status, command.Status);
            var moved = transfer.Moved(now, command) with
            {
                Status = command.Status,
                Attempt = command.Status == WorkStatus.InProgress ? transfer.Attempt + 1 : transfer.Attempt,
            };
            // In the order in which the database can see that each rests on the one before.
            var changes = new Changes { Subject = transfer };
            if (command.Status == WorkStatus.Completed)
                await RequireVerifiedAsync(changes, command, transfer, now, ct);
            changes.Update(transfer, moved);
            if (command.Status == WorkStatus.Completed && await packages.GetAsync(transfer.RawDataPackageId, ct) is { State: not Whereabouts.Archived } package)
            {
                RawDataPackage.StateTransitions.Require(package.State, Whereabouts.Archived);
                changes.Update(package, package with { State = Whereabouts.Archived, Since = now, Reason = null, NextStep = null, Deadline = null });
            }
            return new(changes, c => (ArchiveTransfer)c.Stamped(moved));
        }

        private async Task RequireVerifiedAsync(
            Changes changes, MoveArchiveTransfer command, ArchiveTransfer transfer, DateTimeOffset now, CancellationToken ct)
        {
            var archive = await locations.GetAsync(transfer.DestinationLocationId, ct);
            var found = PhysicalCopy.At(archive, now, package: transfer.RawDataPackageId);
            var copy = await book.NoteAsync(changes, found, command.Checksum, command.ChecksumAlgorithm, ct);
            if (copy.VerifiedAt is null)
            {
                throw new RefusalException(Problems.StateConflict, copy.Reason is { } reason
                    ? $"The copy in the archive is not right: {reason}. Say that the transfer has failed, and archive it again."
                    : "The copy in the archive is not verified: send its checksum with this, or verify the copy before.");
            }
        }
    }
}
