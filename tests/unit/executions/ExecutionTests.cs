using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.ObsUnits;
using OpsDb.Programs;
using OpsDb.Sources;

namespace OpsDb.UnitTests.Executions;

internal sealed class ExecutionTests : IDisposable
{
    private static readonly DateTimeOffset Night = DateTimeOffset.UtcNow.AddHours(-1);
    private static readonly Execution Ended = new() { Id = Guid.CreateVersion7(), ObsUnitId = 1, StartTime = Night, EndTime = Night };
    private readonly Application app = new();

    public void Dispose() => app.Dispose();

    [Test]
    public async Task An_execution_runs_from_its_start_and_has_an_id_made_of_the_time()
    {
        var started = await StartAsync();
        Assert.That((started.Status, started.StartTime, started.EndTime), Is.EqualTo((ExecutionStatus.Running, Instant.Round(Night), (DateTimeOffset?)null)));
        Assert.That(started.Id.Version, Is.EqualTo(7));
    }

    [Test]
    public async Task What_is_not_planned_is_not_started()
    {
        var refused = await app.RefusesAsync(new StartExecution(9));
        Assert.That((refused.Problem, refused.Message), Is.EqualTo((Problems.ReferenceUnknown, "There is no obs unit 9.")));
    }

    [Test]
    public async Task An_id_is_used_once()
    {
        var started = await StartAsync();
        Assert.That((await app.RefusesAsync(new StartExecution(started.ObsUnitId) { Id = started.Id })).Problem, Is.EqualTo(Problems.AlreadyExists));
    }

    [Test]
    public async Task A_finish_keeps_what_it_does_not_say()
    {
        var started = await StartAsync("clear");
        var finished = await app.SubmitAsync(new FinishExecution { Id = started.Id, EndTime = Night.AddMinutes(20), MeanPwvMm = 0.4, Quality = Quality.Good });
        Assert.That((finished.Status, finished.EndTime, finished.MeanPwvMm, finished.Quality, finished.Comment),
            Is.EqualTo((ExecutionStatus.Completed, (DateTimeOffset?)Instant.Round(Night.AddMinutes(20)), 0.4, Quality.Good, "clear")));
    }

    [Test]
    public async Task What_has_ended_does_not_end_again()
    {
        var started = await StartAsync();
        await app.SubmitAsync(new FinishExecution { Id = started.Id });
        Assert.That((await app.RefusesAsync(new AbortExecution("cloud") { Id = started.Id })).Problem, Is.EqualTo(Problems.StateConflict));
    }

    [TestCase(ExecutionStatus.Completed, null, true)]
    [TestCase(ExecutionStatus.Completed, "cloud", false)]
    [TestCase(ExecutionStatus.Failed, null, true)]
    [TestCase(ExecutionStatus.Failed, "cloud", true)]
    [TestCase(ExecutionStatus.Aborted, null, false)]
    [TestCase(ExecutionStatus.Aborted, "cloud", true)]
    public void A_reason_belongs_to_an_end_that_nobody_planned(ExecutionStatus status, string? reason, bool accepted) =>
        Assert.That(IsValid(Ended with { Status = status, Reason = reason }), Is.EqualTo(accepted));

    [Test]
    public void The_end_is_not_before_the_start_whatever_a_clock_shows()
    {
        var running = new Execution { Id = Guid.CreateVersion7(), ObsUnitId = 1, StartTime = Night };
        Assert.That(running.End(ExecutionStatus.Completed, null, Night.AddSeconds(-5), null).EndTime, Is.EqualTo(Night));
        Assert.That(running.End(ExecutionStatus.Completed, null, Night.AddSeconds(5), null).EndTime, Is.EqualTo(Night.AddSeconds(5)));
        Assert.That(IsValid(running.End(ExecutionStatus.Completed, Night.AddSeconds(-5), Night, null)), Is.False, "the caller said so");
    }

    [Test]
    public void A_correction_must_not_be_lost_and_may_wait() =>
        Assert.That(Execution.Table.Change, Is.InstanceOf<CriticalAttribute>().With.Property("Deferrable").EqualTo(true));

    private static bool IsValid(Execution execution) => new ExecutionRules().Validate(execution).IsValid;

    private async Task<Execution> StartAsync(string? comment = null)
    {
        var observatory = await app.SubmitAsync(new CreateObservatory("High"));
        var telescope = await app.SubmitAsync(new CreateTelescope(observatory.Id, "Dish", 0, 0, 0));
        var instrument = await app.SubmitAsync(new CreateInstrument(telescope.Id, "Camera"));
        var program = await app.SubmitAsync(new CreateObservingProgram("P", "Program", ProgramKind.Science));
        var source = await app.SubmitAsync(new CreateSource("Star", SourceType.Fixed) { RaDeg = 1, DecDeg = 1 });
        var mode = await app.SubmitAsync(new CreateObsMode("map"));
        var unit = await app.SubmitAsync(new CreateObsUnit("star map", program.Id, source.Id, mode.Id, instrument.Id, 50));
        return await app.SubmitAsync(new StartExecution(unit.Id) { StartTime = Night, Comment = comment });
    }
}
