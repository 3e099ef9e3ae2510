using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.ObsUnits;
using OpsDb.Programs;
using OpsDb.Sources;

namespace OpsDb.Catalogue;

internal sealed class ObsModeFile(IReader<ObsMode, int> rows, IValidator<ObsMode> rules) : CatalogueFile<ObsMode>(CatalogueLayouts.ObsModes, rows, rules)
{
    protected override string NameOf(ObsMode row, Loading loading) => row.Name;

    protected override Func<int, ObsMode> Read(Fields fields) => id => new()
    {
        Id = id,
        Name = fields.Text("name"),
        Description = fields.OptionalText("description"),
    };
}

internal sealed class ObsUnitFile(IReader<ObsUnit, int> rows, IValidator<ObsUnit> rules) : CatalogueFile<ObsUnit>(CatalogueLayouts.ObsUnits, rows, rules)
{
    protected override string NameOf(ObsUnit row, Loading loading) => row.Name;

    protected override ObsUnit With(ObsUnit row, ObsUnit before) => row with
    {
        SubObservingProgramId = row.ObservingProgramId == before.ObservingProgramId ? before.SubObservingProgramId : null,
        ObservationConfigurationId = before.ObservationConfigurationId,
        MinHourAngleH = before.MinHourAngleH,
        MaxHourAngleH = before.MaxHourAngleH,
        MinSunDistanceDeg = before.MinSunDistanceDeg,
        MinMoonDistanceDeg = before.MinMoonDistanceDeg,
        PhaseEpochMjd = before.PhaseEpochMjd,
        PhasePeriodDays = before.PhasePeriodDays,
        MinPhase = before.MinPhase,
        MaxPhase = before.MaxPhase,
    };

    protected override Func<int, ObsUnit> Read(Fields fields)
    {
        var program = fields.Reference<ObservingProgram>("program");
        var source = fields.Reference<Source>("source");
        var mode = fields.Reference<ObsMode>("obs_mode");
        var instrument = fields.Reference<Instrument>("instrument");
        return id => new()
        {
            Id = id,
            Name = fields.Text("name"),
            ObservingProgramId = program.Id,
            SourceId = source.Id,
            ObsModeId = mode.Id,
            InstrumentId = instrument.Id,
            LineId = fields.OptionalText("line_id"),
            Priority = fields.Integer("priority"),
            RequestedMinutes = fields.OptionalInteger("requested_minutes"),
            MinElevationDeg = fields.OptionalNumber("min_elevation_deg"),
            MaxElevationDeg = fields.OptionalNumber("max_elevation_deg"),
            MaxPwvMm = fields.OptionalNumber("max_pwv_mm"),
            Available = fields.Flag("available"),
            Comment = fields.OptionalText("comment"),
        };
    }
}
