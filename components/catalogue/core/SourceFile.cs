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
        NaifId = fields.OptionalInteger("naif_id"),
        Catalogue = fields.OptionalText("catalogue"),
        Comment = fields.OptionalText("comment"),
    };
}
