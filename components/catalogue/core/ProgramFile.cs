using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Programs;

namespace OpsDb.Catalogue;

internal sealed class ProgramFile(IReader<ObservingProgram, int> rows, IValidator<ObservingProgram> rules)
    : CatalogueFile<ObservingProgram>(CatalogueLayouts.Programs, rows, rules)
{
    protected override IReadOnlyList<string> Key { get; } = ["short_name"];

    protected override (string Column, Func<ObservingProgram, string> Value)? Unique => ("name", p => p.Name);

    protected override string NameOf(ObservingProgram row, Loading loading) => row.ShortName;

    protected override Func<int, ObservingProgram> Read(Fields fields) => id => new()
    {
        Id = id,
        ShortName = fields.Text("short_name"),
        Name = fields.Text("name"),
        Kind = fields.Choice<ProgramKind>("kind"),
        Lead = fields.OptionalText("lead"),
        AllocatedHours = fields.OptionalNumber("allocated_hours"),
        Description = fields.OptionalText("description"),
    };
}
