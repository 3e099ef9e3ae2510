using OpsDb.Kernel;
using OpsDb.Programs;

namespace OpsDb.UnitTests.Programs;

internal sealed class ObservingProgramTests : IDisposable
{
    private readonly Application app = new();

    public void Dispose() => app.Dispose();

    [Test]
    public async Task A_program_has_what_its_command_says_and_is_known_in_the_log_by_its_resource()
    {
        var program = await app.SubmitAsync(new CreateObservingProgram("2026-ORION", "Star formation in Orion", ProgramKind.Science) { AllocatedHours = 120 });
        Assert.That((program.ShortName, program.Name, program.Kind, program.AllocatedHours, program.Lead),
            Is.EqualTo(("2026-ORION", "Star formation in Orion", ProgramKind.Science, (double?)120, (string?)null)));
        Assert.That((ObservingProgram.Table.Creation.Kind, ObservingProgram.Table.Change.Kind), Is.EqualTo(("programs.create", "programs.change")));
    }

    [Test]
    public async Task Allocated_time_is_not_negative()
    {
        var refused = await app.RefusesAsync(new CreateObservingProgram("P", "Program", ProgramKind.Technical) { AllocatedHours = -1 });
        Assert.That(refused.Errors["allocated_hours"], Is.EqualTo((string[])["is in hours, 0 or more"]));
    }

    [Test]
    public async Task Its_short_name_stays()
    {
        var program = await app.SubmitAsync(new CreateObservingProgram("P", "Program", ProgramKind.Science));
        var refused = await app.RefusesAsync(new Change<ObservingProgram, int>(program.Id, new(System.Text.Json.JsonElement.Parse("""{"short_name":"Q"}"""))));
        Assert.That(refused.Errors["short_name"], Is.EqualTo((string[])["cannot be changed"]));
    }
}
