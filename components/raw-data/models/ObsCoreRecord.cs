using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>The kinds of data that ObsCore has.</summary>
public enum DataProductType { Image, Cube, Spectrum, Sed, Timeseries, Visibility, Event, Measurements }

/// <summary>
/// What an archive tells the Virtual Observatory of a raw data package: the mandatory columns of ObsCore 1.1
/// (https://www.ivoa.net/documents/ObsCore/20170509/), with its names, units and meanings. Its id is that of the package.
/// </summary>
public sealed record ObsCoreRecord : Row<Guid>, IRow<ObsCoreRecord>
{
    public static Table<ObsCoreRecord> Table { get; } = new("raw_data_package_metadata")
    {
        SeenWith = [Field.With((ObsCoreRecord r) => r.Id, RawDataPackage.Table)],
        Noun = "ObsCore record",
        Resource = "obscore",
        IsLarge = true,
        Filters =
        [
            Field.OneOf((ObsCoreRecord r) => r.DataproductType, "of one of these kinds"),
            Field.OneOf((ObsCoreRecord r) => r.CalibLevel, "with one of these calibration levels"),
            Field.OneOf((ObsCoreRecord r) => r.ObsCollection, "in one of these collections"),
            Field.OneOf((ObsCoreRecord r) => r.ObsId, "of one of these observations"),
            Field.OneOf((ObsCoreRecord r) => r.TargetName, "of one of these targets"),
            Field.OneOf((ObsCoreRecord r) => r.FacilityName, "from one of these facilities"),
            Field.OneOf((ObsCoreRecord r) => r.InstrumentName, "from one of these instruments"),
            Field.Prefix("instrument_name_prefix", (ObsCoreRecord r) => r.InstrumentName, "whose instrument's name begins with this"),
            Field.Cone("cone", (ObsCoreRecord r) => r.SRa, (ObsCoreRecord r) => r.SDec, "whose centre is within a cone"),
            Field.From("t_min_from", (ObsCoreRecord r) => r.TMin, "that began then or later, MJD"),
            Field.Before("t_min_before", (ObsCoreRecord r) => r.TMin, "that began before then, MJD"),
            Field.From("t_max_from", (ObsCoreRecord r) => r.TMax, "that ended then or later, MJD"),
            Field.Before("t_max_before", (ObsCoreRecord r) => r.TMax, "that ended before then, MJD"),
            Field.From("em_max_from", (ObsCoreRecord r) => r.EmMax, "whose longest wavelength is this or a longer one, m"),
            Field.Before("em_min_before", (ObsCoreRecord r) => r.EmMin, "whose shortest wavelength is shorter than this, m"),
        ],
        Sorts = [Field.Sort((ObsCoreRecord r) => r.TMin), Field.Sort((ObsCoreRecord r) => r.TargetName), Field.Sort((ObsCoreRecord r) => r.ObsId)],
        Patchable =
        [
            "dataproduct_type", "calib_level", "obs_collection", "obs_id", "obs_publisher_did", "access_url", "access_format", "access_estsize",
            "target_name", "s_ra", "s_dec", "s_fov", "s_region", "s_resolution", "t_min", "t_max", "t_exptime", "t_resolution", "em_min",
            "em_max", "em_res_power", "o_ucd", "pol_states", "facility_name", "instrument_name",
        ],
    };

    /// <summary>What kind of data it is; null for another one.</summary>
    /// <example>timeseries</example>
    [VoField("meta.id", "obscore:ObsDataset.dataProductType")]
    public DataProductType? DataproductType { get; init; }

    /// <summary>How far it is calibrated: 0 raw in a form of the instrument's own, 1 raw in a standard one, 2 calibrated, 3 enhanced, 4 analysed.</summary>
    /// <example>0</example>
    [VoField("meta.code;obs.calib", "obscore:ObsDataset.calibLevel")]
    public required int CalibLevel { get; init; }

    /// <summary>The collection that it belongs to; the short name of the programme.</summary>
    /// <example>2026-ORION</example>
    [VoField("meta.id", "obscore:DataID.collection")]
    public required string ObsCollection { get; init; }

    /// <summary>The observation, which several packages may have in common; the id of the execution.</summary>
    /// <example>0198b3c4-7a5e-7c11-9d2e-5b1a3f6c8e01</example>
    [VoField("meta.id", "obscore:DataID.observationID")]
    public required string ObsId { get; init; }

    /// <summary>The publisher's IVOA identifier of the data set, unique in the world.</summary>
    /// <example>ivo://example.org/raw?0198b3c4-7a5e-73a2-a25b-344a307d6a34</example>
    [VoField("meta.ref.uri;meta.curation", "obscore:Curation.publisherDID")]
    public required string ObsPublisherDid { get; init; }

    /// <summary>Where the data can be got.</summary>
    /// <example>https://archive.example.org/raw/0198b3c4-7a5e-73a2-a25b-344a307d6a34.tar</example>
    [VoField("meta.ref.url", "obscore:Access.reference")]
    public string? AccessUrl { get; init; }

    /// <summary>The media type of what is there.</summary>
    /// <example>application/x-tar</example>
    [VoField("meta.code.mime", "obscore:Access.format")]
    public string? AccessFormat { get; init; }

    /// <summary>How large it is about, kbyte, which are 1000 bytes.</summary>
    /// <example>32212255</example>
    [VoField("phys.size;meta.file", "obscore:Access.size", "kbyte")]
    public long? AccessEstsize { get; init; }

    /// <summary>What was observed; the name of the source.</summary>
    /// <example>Orion KL</example>
    [VoField("meta.id;src", "obscore:Target.name")]
    public string? TargetName { get; init; }

    /// <summary>ICRS right ascension of the centre, degrees.</summary>
    /// <example>83.8104</example>
    [VoField("pos.eq.ra", "obscore:Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1", "deg")]
    public double? SRa { get; init; }

    /// <summary>ICRS declination of the centre, degrees.</summary>
    /// <example>-5.3753</example>
    [VoField("pos.eq.dec", "obscore:Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C2", "deg")]
    public double? SDec { get; init; }

    /// <summary>Diameter of a circle around what it covers, degrees.</summary>
    /// <example>0.25</example>
    [VoField("phys.angSize;instr.fov", "obscore:Char.SpatialAxis.Coverage.Bounds.Extent.diameter", "deg")]
    public double? SFov { get; init; }

    /// <summary>What it covers on the sky, as STC-S.</summary>
    /// <example>CIRCLE ICRS 83.8104 -5.3753 0.125</example>
    [VoField("pos.outline;obs.field", "obscore:Char.SpatialAxis.Coverage.Support.Area")]
    public string? SRegion { get; init; }

    /// <summary>Spatial resolution, full width at half maximum, arcsec.</summary>
    /// <example>15.5</example>
    [VoField("pos.angResolution", "obscore:Char.SpatialAxis.Resolution.Refval.value", "arcsec")]
    public double? SResolution { get; init; }

    /// <summary>When it began, modified Julian date of UTC, days.</summary>
    /// <example>61100.09375</example>
    [VoField("time.start;obs.exposure", "obscore:Char.TimeAxis.Coverage.Bounds.Limits.StartTime", "d")]
    public double? TMin { get; init; }

    /// <summary>When it ended, modified Julian date of UTC, days; null while the execution runs.</summary>
    /// <example>61100.121875</example>
    [VoField("time.end;obs.exposure", "obscore:Char.TimeAxis.Coverage.Bounds.Limits.StopTime", "d")]
    public double? TMax { get; init; }

    /// <summary>Exposure, s; of an execution the time from its start to its end.</summary>
    /// <example>2430</example>
    [VoField("time.duration;obs.exposure", "obscore:Char.TimeAxis.Coverage.Support.Extent", "s")]
    public double? TExptime { get; init; }

    /// <summary>The shortest time that can be told apart, s.</summary>
    /// <example>0.1</example>
    [VoField("time.resolution", "obscore:Char.TimeAxis.Resolution.Refval.value", "s")]
    public double? TResolution { get; init; }

    /// <summary>The shortest vacuum wavelength, m; from the upper edge of the module's band.</summary>
    /// <example>0.000821349</example>
    [VoField("em.wl;stat.min", "obscore:Char.SpectralAxis.Coverage.Bounds.Limits.LoLimit", "m")]
    public double? EmMin { get; init; }

    /// <summary>The longest vacuum wavelength, m; from the lower edge of the module's band.</summary>
    /// <example>0.000868964</example>
    [VoField("em.wl;stat.max", "obscore:Char.SpectralAxis.Coverage.Bounds.Limits.HiLimit", "m")]
    public double? EmMax { get; init; }

    /// <summary>Spectral resolving power, wavelength over the difference that can be told apart.</summary>
    /// <example>1000000</example>
    [VoField("spect.resolution", "obscore:Char.SpectralAxis.Resolution.ResolPower.refVal")]
    public double? EmResPower { get; init; }

    /// <summary>What was measured, as UCD1+.</summary>
    /// <example>phot.antennaTemp</example>
    [VoField("meta.ucd", "obscore:Char.ObservableAxis.ucd")]
    public string? OUcd { get; init; }

    /// <summary>The polarizations that it has, in the standard's order, each between slashes; null for none.</summary>
    /// <example>/I/Q/U/</example>
    [VoField("meta.code;phys.polarization", "obscore:Char.PolarizationAxis.stateList")]
    public string? PolStates { get; init; }

    /// <summary>Where it was observed; the name of the observatory.</summary>
    /// <example>Cerro Alto Observatory</example>
    [VoField("meta.id;instr.tel", "obscore:Provenance.ObsConfig.Facility.name")]
    public string? FacilityName { get; init; }

    /// <summary>With what; the names of the instrument and of its module, with a slash between.</summary>
    /// <example>CAM-A/CAM-A-350</example>
    [VoField("meta.id;instr", "obscore:Provenance.ObsConfig.Instrument.name")]
    public string? InstrumentName { get; init; }
}
