using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Observatories;

namespace OpsDb.Catalogue;

internal sealed class ObservatoryFile(IReader<Observatory, int> rows, IValidator<Observatory> rules)
    : CatalogueFile<Observatory>(CatalogueLayouts.Observatories, rows, rules)
{
    protected override string NameOf(Observatory row, Loading loading) => row.Name;

    protected override Func<int, Observatory> Read(Fields fields) => id => new()
    {
        Id = id,
        Name = fields.Text("name"),
        Description = fields.OptionalText("description"),
    };
}

internal sealed class TelescopeFile(IReader<Telescope, int> rows, IValidator<Telescope> rules)
    : CatalogueFile<Telescope>(CatalogueLayouts.Telescopes, rows, rules)
{
    protected override string NameOf(Telescope row, Loading loading) => row.Name;

    protected override Func<int, Telescope> Read(Fields fields)
    {
        var observatory = fields.Reference<Observatory>("observatory");
        return id => new()
        {
            Id = id,
            ObservatoryId = observatory.Id,
            Name = fields.Text("name"),
            LongitudeDeg = fields.Number("longitude_deg"),
            LatitudeDeg = fields.Number("latitude_deg"),
            AltitudeM = fields.Number("altitude_m"),
        };
    }
}

internal sealed class InstrumentFile(IReader<Instrument, int> rows, IValidator<Instrument> rules)
    : CatalogueFile<Instrument>(CatalogueLayouts.Instruments, rows, rules)
{
    protected override string NameOf(Instrument row, Loading loading) => row.Name;

    protected override Func<int, Instrument> Read(Fields fields)
    {
        var telescope = fields.Reference<Telescope>("telescope");
        return id => new()
        {
            Id = id,
            TelescopeId = telescope.Id,
            Name = fields.Text("name"),
            InstrumentType = fields.OptionalText("instrument_type"),
            Available = fields.Flag("available"),
            Description = fields.OptionalText("description"),
        };
    }
}

internal sealed class InstrumentModuleFile(IReader<InstrumentModule, int> rows, IValidator<InstrumentModule> rules)
    : CatalogueFile<InstrumentModule>(CatalogueLayouts.InstrumentModules, rows, rules)
{
    protected override IReadOnlyList<string> Key { get; } = ["instrument", "name"];

    protected override string NameOf(InstrumentModule row, Loading loading) => Joined(loading.NameOf<Instrument>(row.InstrumentId), row.Name);

    protected override Func<int, InstrumentModule> Read(Fields fields)
    {
        var instrument = fields.Reference<Instrument>("instrument");
        return id => new()
        {
            Id = id,
            InstrumentId = instrument.Id,
            Name = fields.Text("name"),
            Pixels = fields.OptionalInteger("pixels"),
            FrequencyMinGhz = fields.OptionalNumber("frequency_min_ghz"),
            FrequencyMaxGhz = fields.OptionalNumber("frequency_max_ghz"),
            Available = fields.Flag("available"),
        };
    }
}
