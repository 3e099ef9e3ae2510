using OpsDb.Kernel;

namespace OpsDb.Sources;

/// <summary>A source is made known.</summary>
[Kind("sources.create")]
public sealed record CreateSource(string Name, SourceType Type) : ICommand<Source>
{
    /// <summary>ICRS right ascension, degrees; needed for a fixed source.</summary>
    public double? RaDeg { get; init; }

    /// <summary>ICRS declination, degrees; needed for a fixed source.</summary>
    public double? DecDeg { get; init; }

    /// <summary>Radial velocity in the local standard of rest, km/s.</summary>
    public double? VLsrKmS { get; init; }

    /// <summary>NAIF integer code; needed for a solar-system body.</summary>
    public int? NaifId { get; init; }

    /// <summary>Where the position was published.</summary>
    public string? Catalogue { get; init; }

    public string? Comment { get; init; }

    internal sealed class Handler(IIdentities identities) : ICommandHandler<CreateSource, Source>
    {
        public async Task<Decision<Source>> Decide(CreateSource command, CancellationToken ct) =>
            Decision.Create(new Source
            {
                Id = await identities.TakeAsync(Source.Table, ct),
                Name = command.Name,
                Type = command.Type,
                RaDeg = command.RaDeg,
                DecDeg = command.DecDeg,
                VLsrKmS = command.VLsrKmS,
                NaifId = command.NaifId,
                Catalogue = command.Catalogue,
                Comment = command.Comment,
            });
    }
}
