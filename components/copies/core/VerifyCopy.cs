using System.Text.Json.Serialization;
using FluentValidation;
using OpsDb.Kernel;
using OpsDb.RawData;

namespace OpsDb.Copies;

/// <summary>Somebody has read a copy and tells its checksum: it is verified, or found to be wrong.</summary>
/// <param name="Checksum">Computed from the copy, lower-case hexadecimal digits.</param>
[Critical("physical_copies.verify", Deferrable = true)]
public sealed record VerifyCopy(byte[] Checksum) : ICommand<PhysicalCopy>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    /// <summary>How it was computed.</summary>
    public ChecksumAlgorithm ChecksumAlgorithm { get; init; }

    internal sealed class Validator : AbstractValidator<VerifyCopy>
    {
        public Validator() => RuleFor(c => c.Checksum).Must((c, sum) => sum.Length == Checksums.Length(c.ChecksumAlgorithm))
            .WithMessage(c => Checksums.Form(c.ChecksumAlgorithm));
    }

    internal sealed class Handler(IReader<PhysicalCopy, Guid> copies, CopyBook book, TimeProvider time) : ICommandHandler<VerifyCopy, PhysicalCopy>
    {
        public async Task<Decision<PhysicalCopy>> Decide(VerifyCopy command, CancellationToken ct)
        {
            var copy = await copies.GetAsync(command.Id, ct);
            var verified = await book.VerifiedAsync(copy, command.Checksum, command.ChecksumAlgorithm, time.GetUtcNow(), ct);
            return Decision.Update(copy, verified, c => c.Status);
        }
    }
}
