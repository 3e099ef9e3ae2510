using System.Text.Json;
using System.Text.Json.Serialization;
using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>
/// A raw data package gets an ObsCore record, or a new one: of what the records know of its observation now, where the body does not say
/// otherwise. What neither tells stays as it was.
/// </summary>
[Kind("obscore.describe")]
public sealed record DescribePackage : ICommand<ObsCoreRecord>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    /// <summary>What kind of data it is; null for another one.</summary>
    /// <example>timeseries</example>
    public DataProductType? DataproductType { get; init; }

    /// <summary>How far it is calibrated: 0 raw in a form of the instrument's own, 1 raw in a standard one, 2 calibrated, 3 enhanced, 4 analysed.</summary>
    /// <example>0</example>
    public int? CalibLevel { get; init; }

    /// <summary>The collection that it belongs to; the short name of the programme.</summary>
    /// <example>2026-ORION</example>
    public string? ObsCollection { get; init; }

    /// <summary>The observation, which several packages may have in common; the id of the execution.</summary>
    /// <example>0198b3c4-7a5e-7c11-9d2e-5b1a3f6c8e01</example>
    public string? ObsId { get; init; }

    /// <summary>The publisher's IVOA identifier of the data set, unique in the world.</summary>
    /// <example>ivo://example.org/raw?0198b3c4-7a5e-73a2-a25b-344a307d6a34</example>
    public string? ObsPublisherDid { get; init; }

    /// <summary>Where the data can be got.</summary>
    /// <example>https://archive.example.org/raw/0198b3c4-7a5e-73a2-a25b-344a307d6a34.tar</example>
    public string? AccessUrl { get; init; }

    /// <summary>The media type of what is there.</summary>
    /// <example>application/x-tar</example>
    public string? AccessFormat { get; init; }

    /// <summary>How large it is about, kbyte, which are 1000 bytes.</summary>
    /// <example>32212255</example>
    public long? AccessEstsize { get; init; }

    /// <summary>What was observed; the name of the source.</summary>
    /// <example>Orion KL</example>
    public string? TargetName { get; init; }

    /// <summary>ICRS right ascension of the centre, degrees.</summary>
    /// <example>83.8104</example>
    public double? SRa { get; init; }

    /// <summary>ICRS declination of the centre, degrees.</summary>
    /// <example>-5.3753</example>
    public double? SDec { get; init; }

    /// <summary>Diameter of a circle around what it covers, degrees.</summary>
    /// <example>0.25</example>
    public double? SFov { get; init; }

    /// <summary>What it covers on the sky, as STC-S.</summary>
    /// <example>CIRCLE ICRS 83.8104 -5.3753 0.125</example>
    public string? SRegion { get; init; }

    /// <summary>Spatial resolution, full width at half maximum, arcsec.</summary>
    /// <example>15.5</example>
    public double? SResolution { get; init; }

    /// <summary>When it began, modified Julian date of UTC, days.</summary>
    /// <example>61100.09375</example>
    public double? TMin { get; init; }

    /// <summary>When it ended, modified Julian date of UTC, days; null while the execution runs.</summary>
    /// <example>61100.121875</example>
    public double? TMax { get; init; }

    /// <summary>Exposure, s; of an execution the time from its start to its end.</summary>
    /// <example>2430</example>
    public double? TExptime { get; init; }

    /// <summary>The shortest time that can be told apart, s.</summary>
    /// <example>0.1</example>
    public double? TResolution { get; init; }

    /// <summary>The shortest vacuum wavelength, m; from the upper edge of the module's band.</summary>
    /// <example>0.000821349</example>
    public double? EmMin { get; init; }

    /// <summary>The longest vacuum wavelength, m; from the lower edge of the module's band.</summary>
    /// <example>0.000868964</example>
    public double? EmMax { get; init; }

    /// <summary>Spectral resolving power, wavelength over the difference that can be told apart.</summary>
    /// <example>1000000</example>
    public double? EmResPower { get; init; }

    /// <summary>What was measured, as UCD1+.</summary>
    /// <example>phot.antennaTemp</example>
    public string? OUcd { get; init; }

    /// <summary>The polarizations that it has, in the standard's order, each between slashes; null for none.</summary>
    /// <example>/I/Q/U/</example>
    public string? PolStates { get; init; }

    /// <summary>Where it was observed; the name of the observatory.</summary>
    /// <example>Cerro Alto Observatory</example>
    public string? FacilityName { get; init; }

    /// <summary>With what; the names of the instrument and of its module, with a slash between.</summary>
    /// <example>CAM-A/CAM-A-350</example>
    public string? InstrumentName { get; init; }

    internal sealed class Handler(IReader<RawDataPackage, Guid> packages, IReader<ObsCoreRecord, Guid> records, KnownObservation known)
        : ICommandHandler<DescribePackage, ObsCoreRecord>
    {
        public async Task<Decision<ObsCoreRecord>> Decide(DescribePackage command, CancellationToken ct)
        {
            var package = await packages.GetAsync(command.Id, ct);
            var before = await records.FindAsync(command.Id, ct);
            var after = Merged(command.Id, before, await known.OfAsync(package, ct), command);
            return before is null ? Decision.Create(after) : Decision.Update(before, after);
        }

        /// <summary>The fields that the later ones of these give, and else the earlier.</summary>
        private static ObsCoreRecord Merged(Guid id, ObsCoreRecord? before, params DescribePackage[] given)
        {
            var fields = before is null
                ? new() { ["id"] = Json.ToElement(id), ["calib_level"] = Json.ToElement(0) }
                : ObsCoreRecord.Table.Write(before).EnumerateObject().ToDictionary(f => f.Name, f => f.Value);
            foreach (var field in given.SelectMany(g => Json.ToElement(g).EnumerateObject()).Where(f => f.Value.ValueKind != JsonValueKind.Null))
                fields[field.Name] = field.Value;
            if (!fields.ContainsKey("obs_publisher_did"))
            {
                throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]>
                {
                    ["obs_publisher_did"] = ["is needed: this site has no setting OBSCORE_PUBLISHER, of which it would be made"],
                });
            }
            return (ObsCoreRecord)ObsCoreRecord.Table.Read(Json.ToElement(fields)) with { TransactionId = before?.TransactionId ?? default };
        }
    }
}
