using System.Text.Json.Serialization;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>The packing of a package, or the package itself, has come into another state. Must never be lost.</summary>
[Critical("raw_data_packages.move")]
public sealed record MovePackage : WorkMove, ICommand<RawDataPackage>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    /// <summary>How far the packing is now; absent when it has not moved.</summary>
    public WorkStatus? BuildStatus { get; init; }

    /// <summary>Where the package is now; absent when it has not moved.</summary>
    public Whereabouts? State { get; init; }

    /// <summary>Of the packed file, lower-case hexadecimal digits; with the build status <c>completed</c>, which needs it.</summary>
    public byte[]? Checksum { get; init; }

    /// <summary>How the checksum was computed.</summary>
    public ChecksumAlgorithm? ChecksumAlgorithm { get; init; }

    internal sealed class Validator : AbstractValidator<MovePackage>
    {
        public Validator()
        {
            RuleFor(c => c.BuildStatus).NotNull().When(c => c.State is null).WithMessage("is given, or state is");
            RuleFor(c => c.Reason).NotEmpty().When(c => c.BuildStatus == WorkStatus.Failed || c.State == Whereabouts.Failed)
                .WithMessage("says why it has failed");
            RuleFor(c => c.Checksum).NotNull().When(c => c.BuildStatus == WorkStatus.Completed).WithMessage("is that of the packed file");
            RuleFor(c => c.Checksum).Null().When(c => c.BuildStatus != WorkStatus.Completed).WithMessage("comes with the build_status completed");
        }
    }

    internal sealed class Handler(IReader<RawDataPackage, Guid> packages, TimeProvider time) : ICommandHandler<MovePackage, RawDataPackage>
    {
        public async Task<Decision<RawDataPackage>> Decide(MovePackage command, CancellationToken ct)
        {
            var package = await packages.GetAsync(command.Id, ct);
            if (command.BuildStatus is { } build)
                RawDataPackage.BuildTransitions.Require(package.BuildStatus, build);
            if (command.State is { } state)
                RawDataPackage.StateTransitions.Require(package.State, state);
            if (command.BuildStatus is not (null or WorkStatus.Pending) && package.FinalizedAt is null)
                throw new RefusalException(Problems.StateConflict, "The package is not finalized: files may still come, so it cannot be packed.");
            if (command.State is not (null or Whereabouts.Waiting) && (command.BuildStatus ?? package.BuildStatus) != WorkStatus.Completed)
                throw new RefusalException(Problems.StateConflict, "The package is not built: there is nothing yet that could be moved.");
            if (command.State == Whereabouts.Archived)
                throw new RefusalException(Problems.StateConflict, "A package is archived by a completed archive transfer with a verified copy, not so.");
            return Decision.Update(package, package.Moved(time.GetUtcNow(), command) with
            {
                BuildStatus = command.BuildStatus ?? package.BuildStatus,
                State = command.State ?? package.State,
                Attempt = command.BuildStatus == WorkStatus.InProgress ? package.Attempt + 1 : package.Attempt,
                Checksum = command.Checksum ?? package.Checksum,
                ChecksumAlgorithm = command.Checksum is null ? package.ChecksumAlgorithm : command.ChecksumAlgorithm ?? RawData.ChecksumAlgorithm.Sha256,
            }, p => p.BuildStatus, p => p.State, p => p.FinalizedAt);
        }
    }
}
