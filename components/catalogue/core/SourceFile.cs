using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Sources;

namespace OpsDb.Catalogue;

internal sealed class SourceFile(IReader<Source, int> rows, IValidator<Source> rules) : CatalogueFile<Source>(CatalogueLayouts.Sources, rows, rules)
{
    protected override string NameOf(Source row, Loading loading) => row.Name;

    protected override Func<int, Source> Read(Fields fields) => id => new()
    {
        Id = id,
        Name = fields.Text("name"),
        Type = fields.Choice<SourceType>("type"),
        RaDeg = fields.OptionalNumber("ra_deg"),
        DecDeg = fields.OptionalNumber("dec_deg"),
        VLsrKmS = fields.OptionalNumber("v_lsr_km_s"),
        NaifId = fields.OptionalInteger("naif_id") ?? (int?)fields.OptionalChoice<SolarSystemBody>("body"),
        Catalogue = fields.OptionalText("catalogue"),
        Comment = fields.OptionalText("comment"),
        PmRaMasYr = fields.OptionalNumber("pm_ra_mas_yr"),
        PmDecMasYr = fields.OptionalNumber("pm_dec_mas_yr"),
        EpochJyear = fields.OptionalNumber("epoch_jyear"),
        VHelioKmS = fields.OptionalNumber("v_helio_km_s"),
        Body = fields.OptionalChoice<SolarSystemBody>("body") ?? SolarSystemBodies.Of(fields.OptionalInteger("naif_id")),
        AzMinDeg = fields.OptionalNumber("az_min_deg"),
        AzMaxDeg = fields.OptionalNumber("az_max_deg"),
        ElevationDeg = fields.OptionalNumber("elevation_deg"),
    };
}
