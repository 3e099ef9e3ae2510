using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.Sources;

namespace OpsDb.Visibility;

/// <summary>What is to be seen, and from where, of the rows that say so.</summary>
public sealed class FindTargets(IReader<Source, int> sources, IReader<Observatory, int> observatories, IReader<Telescope, int> telescopes)
{
    /// <summary>The source as a target.</summary>
    /// <param name="field">Where the caller named the source; null in the address.</param>
    /// <exception cref="RefusalException">not-found, reference-unknown; invalid-fields, for a body that cannot be computed.</exception>
    public async Task<(Source Source, Target Target)> TargetAsync(int id, string? field, CancellationToken ct)
    {
        var source = field is null ? await sources.GetAsync(id, ct) : await sources.RequireAsync(id, field, ct);
        return Of(source) is { } target ? (source, target) : throw Wrong(field ?? "id",
            $"the place of {source.Name} cannot be computed: that of the Sun, the Moon and the planets can, by their NAIF codes");
    }

    /// <summary>The source as a target; null for a body that cannot be computed. A range of azimuth is looked at in its middle.</summary>
    public static Target? Of(Source source) => source switch
    {
        { RaDeg: { } ra, DecDeg: { } dec } => new FixedTarget(ra, dec)
        {
            PmRaMasYr = source.PmRaMasYr ?? 0,
            PmDecMasYr = source.PmDecMasYr ?? 0,
            EpochYr = source.EpochJyear ?? 2000,
        },
        { NaifId: { } naif } when NaifCodes.BodyOf(naif) is { } body => new BodyTarget(body),
        { AzMinDeg: { } from, AzMaxDeg: { } to, ElevationDeg: { } elevation } => new HorizonTarget((from + (to < from ? to + 360 : to)) / 2 % 360, elevation),
        _ => null,
    };

    /// <summary>Where an observatory is: where the first of its telescopes stands.</summary>
    /// <exception cref="RefusalException">reference-unknown; invalid-fields, without a telescope.</exception>
    public async Task<(Telescope Telescope, Place Place)> PlaceAsync(int observatoryId, CancellationToken ct)
    {
        const string Field = "observatory_id";
        var observatory = await observatories.RequireAsync(observatoryId, Field, ct);
        var first = await telescopes.ListAsync(ListQuery<Telescope>.Parse(new Dictionary<string, IReadOnlyList<string>>
        {
            [Field] = [$"{observatoryId}"],
            ["sort"] = ["id"],
            ["limit"] = ["1"],
        }), ct);
        return first.Items is [var telescope, ..]
            ? (telescope, new(telescope.LatitudeDeg, telescope.LongitudeDeg, telescope.AltitudeM))
            : throw Wrong(Field, $"{observatory.Name} has no telescope, whose place is needed");
    }

    private static RefusalException Wrong(string field, string message) =>
        RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]> { [field] = [message] });
}
