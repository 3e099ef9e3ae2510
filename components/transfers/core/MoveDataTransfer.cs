using System.Text.Json.Serialization;
using FluentValidation;
using OpsDb.Copies;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;

namespace OpsDb.Transfers;

/// <summary>
/// The copying or the unpacking of a data transfer has come into another state. When it is copied the bundle is noted at its destination,
/// when it is unpacked its raw data packages are.
/// </summary>
[Kind("data_transfers.move")]
public sealed record MoveDataTransfer : WorkMove, ICommand<DataTransfer>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    /// <summary>How far the copying is now; absent when it has not moved.</summary>
    public WorkStatus? Status { get; init; }

    /// <summary>How far the unpacking is now; absent when it has not moved.</summary>
    public WorkStatus? UnpackStatus { get; init; }

    /// <summary>Copied so far, bytes.</summary>
    public long? CopiedBytes { get; init; }

    /// <summary>Of the bundle at its destination, lower-case hexadecimal digits; with the status <c>completed</c>, where it was computed.</summary>
    public byte[]? Checksum { get; init; }

    /// <summary>How the checksum was computed.</summary>
    public ChecksumAlgorithm ChecksumAlgorithm { get; init; }

    internal sealed class Validator : AbstractValidator<MoveDataTransfer>
    {
        public Validator()
        {
            RuleFor(c => c.Status).NotNull().When(c => c.UnpackStatus is null).WithMessage("is given, or unpack_status is");
            RuleFor(c => c.Reason).NotEmpty().When(c => c.Status == WorkStatus.Failed || c.UnpackStatus == WorkStatus.Failed)
                .WithMessage("says why it has failed");
            RuleFor(c => c.Checksum).Null().When(c => c.Status != WorkStatus.Completed).WithMessage("comes with the status completed");
            RuleFor(c => c.Checksum).Must((c, sum) => sum is null || sum.Length == Checksums.Length(c.ChecksumAlgorithm))
                .WithMessage(c => Checksums.Form(c.ChecksumAlgorithm));
        }
    }

    internal sealed class Handler(
        IReader<DataTransfer, Guid> transfers, IReader<DataLocation, int> locations, IReader<RawDataPackage, Guid> packages, CopyBook book, TimeProvider time)
        : ICommandHandler<MoveDataTransfer, DataTransfer>
    {
        public async Task<Decision<DataTransfer>> Decide(MoveDataTransfer command, CancellationToken ct)
        {
            var (transfer, now) = (await transfers.GetAsync(command.Id, ct), time.GetUtcNow());
            if (command.Status is { } status)
                DataTransfer.CopyTransitions.Require(transfer.Status, status);
            if (command.UnpackStatus is { } unpack)
                DataTransfer.UnpackTransitions.Require(transfer.UnpackStatus, unpack);
            if (command.UnpackStatus is not (null or WorkStatus.Pending) && (command.Status ?? transfer.Status) != WorkStatus.Completed)
                throw new RefusalException(Problems.StateConflict, "The bundle is not copied: there is nothing yet to unpack.");
            var moved = Moved(transfer, command, now);
            var changes = new Changes().Update(transfer, moved, t => t.Status, t => t.UnpackStatus);
            await NoteAsync(changes, command, transfer, now, ct);
            return new(changes, c => (DataTransfer)c.Stamped(moved));
        }

        private static DataTransfer Moved(DataTransfer transfer, MoveDataTransfer command, DateTimeOffset now) => transfer.Moved(now, command) with
        {
            Status = command.Status ?? transfer.Status,
            UnpackStatus = command.UnpackStatus ?? transfer.UnpackStatus,
            Attempt = command.Status == WorkStatus.InProgress ? transfer.Attempt + 1 : transfer.Attempt,
            UnpackAttempt = command.UnpackStatus == WorkStatus.InProgress ? transfer.UnpackAttempt + 1 : transfer.UnpackAttempt,
            StartedAt = command.Status == WorkStatus.InProgress ? now : transfer.StartedAt,
            EndedAt = command.Status == WorkStatus.Completed ? now : transfer.EndedAt,
            CopiedBytes = command.CopiedBytes ?? transfer.CopiedBytes,
            // They are of the copying that goes on.
            BytesPerSecond = command.Status is null ? transfer.BytesPerSecond : null,
            ExpectedEndAt = command.Status is null ? transfer.ExpectedEndAt : null,
        };

        private async Task NoteAsync(Changes changes, MoveDataTransfer command, DataTransfer transfer, DateTimeOffset now, CancellationToken ct)
        {
            if (command is not { Status: WorkStatus.Completed } and not { UnpackStatus: WorkStatus.Completed })
                return;
            var destination = await locations.GetAsync(transfer.DestinationLocationId, ct);
            if (command.Status == WorkStatus.Completed)
            {
                var found = PhysicalCopy.At(destination, now, bundle: transfer.DataTransferPackageId);
                await book.NoteAsync(changes, found, command.Checksum, command.ChecksumAlgorithm, ct);
            }
            if (command.UnpackStatus != WorkStatus.Completed)
                return;
            var unpacked = await packages.ListAsync(ListQuery<RawDataPackage>.Everything.Where("data_transfer_package_id", transfer.DataTransferPackageId), ct);
            foreach (var package in unpacked.Items)
                await book.NoteAsync(changes, PhysicalCopy.At(destination, now, package: package.Id), null, default, ct);
        }
    }
}
