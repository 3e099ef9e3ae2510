using System.Text.Json.Serialization;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>The bundling of a data transfer package has come into another state.</summary>
[Kind("data_transfer_packages.move")]
public sealed record MoveBundle(WorkStatus Status) : WorkMove, ICommand<DataTransferPackage>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    /// <summary>Of the bundle as one file, where it is one; with the status <c>completed</c>.</summary>
    public string? FileName { get; init; }

    /// <summary>Of the bundle as one file, lower-case hexadecimal digits; with the status <c>completed</c>.</summary>
    public byte[]? Checksum { get; init; }

    /// <summary>How the checksum was computed.</summary>
    public ChecksumAlgorithm? ChecksumAlgorithm { get; init; }

    internal sealed class Validator : AbstractValidator<MoveBundle>
    {
        public Validator()
        {
            RuleFor(c => c.Reason).NotEmpty().When(c => c.Status == WorkStatus.Failed).WithMessage("says why it has failed");
            RuleFor(c => c.Checksum).Null().When(c => c.Status != WorkStatus.Completed).WithMessage("comes with the status completed");
            RuleFor(c => c.FileName).Null().When(c => c.Status != WorkStatus.Completed).WithMessage("comes with the status completed");
        }
    }

    internal sealed class Handler(IReader<DataTransferPackage, Guid> bundles, TimeProvider time) : ICommandHandler<MoveBundle, DataTransferPackage>
    {
        public async Task<Decision<DataTransferPackage>> Decide(MoveBundle command, CancellationToken ct)
        {
            var bundle = await bundles.GetAsync(command.Id, ct);
            DataTransferPackage.Transitions.Require(bundle.Status, command.Status);
            return Decision.Update(bundle, bundle.Moved(time.GetUtcNow(), command) with
            {
                Status = command.Status,
                Attempt = command.Status == WorkStatus.InProgress ? bundle.Attempt + 1 : bundle.Attempt,
                FileName = command.FileName ?? bundle.FileName,
                Checksum = command.Checksum ?? bundle.Checksum,
                ChecksumAlgorithm = command.Checksum is null ? bundle.ChecksumAlgorithm : command.ChecksumAlgorithm ?? RawData.ChecksumAlgorithm.Sha256,
            });
        }
    }
}
