using OpsDb.Kernel;

namespace OpsDb.Sources;

/// <summary>What a resolver has answered is kept, instead of what it had answered before.</summary>
/// <param name="Name">As it was asked for, with single blanks.</param>
[Kind("source_resolutions.keep", PassesGates = true)]
public sealed record KeepResolution(string Name, string Resolver, KnownObject Object, DateTimeOffset ResolvedAt) : ICommand<SourceResolution>
{
    internal sealed class Handler(IReader<SourceResolution, Guid> known) : ICommandHandler<KeepResolution, SourceResolution>
    {
        public async Task<Decision<SourceResolution>> Decide(KeepResolution command, CancellationToken ct)
        {
            var row = command.Row;
            return await known.FindAsync(row.Id, ct) is { } before ? Decision.Update(before, (SourceResolution)row.InPlaceOf(before)) : Decision.Create(row);
        }
    }

    internal SourceResolution Row => new()
    {
        Id = SourceResolution.IdOf(Name),
        Name = Name,
        Resolver = Resolver,
        ObjectName = Object.Name,
        RaDeg = Object.RaDeg,
        DecDeg = Object.DecDeg,
        PmRaMasYr = Object.PmRaMasYr,
        PmDecMasYr = Object.PmDecMasYr,
        VHelioKmS = Object.VHelioKmS,
        OtherNames = [.. Object.OtherNames],
        ResolvedAt = ResolvedAt,
    };
}
