using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Platform;
using OpsDb.Programs;
using OpsDb.Sources;

namespace OpsDb.UnitTests.Platform;

/// <summary>What is refused during maintenance, and where.</summary>
public sealed class MaintenanceTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly KindAttribute Plain = new("sources.create"), Critical = new CriticalAttribute("executions.start");
    private static readonly Site Main = new("main", SiteType.Main, false), Telescope = new("observatory", SiteType.Secondary, true);

    [Test]
    public void A_telescope_goes_on_recording_and_nothing_else_is_written()
    {
        var maintenance = new Maintenance("a new disk");
        Assert.Multiple(() =>
        {
            Assert.That(maintenance.Refuses(Plain, Main, Now));
            Assert.That(maintenance.Refuses(Critical, Main, Now));
            Assert.That(maintenance.Refuses(Plain, Telescope, Now));
            Assert.That(maintenance.Refuses(Critical, Telescope, Now), Is.False);
            Assert.That(maintenance.Refuses(Critical, Telescope with { Buffering = false }, Now), Is.False);
            Assert.That((maintenance with { Critical = true }).Refuses(Critical, Telescope, Now));
        });
    }

    [Test]
    public void It_is_for_the_sites_that_it_names_and_for_all_when_it_names_none()
    {
        var maintenance = new Maintenance("a new disk") { Sites = ["main", "valley"] };
        Assert.That(maintenance.Refuses(Plain, Main, Now));
        Assert.That(maintenance.Refuses(Plain, Telescope, Now), Is.False);
        Assert.That((maintenance with { Sites = null }).Refuses(Plain, Telescope, Now));
    }

    [TestCase(-1, true)]
    [TestCase(0, true)]
    [TestCase(1, false)]
    public void It_begins_when_it_says(int secondsFromNow, bool isOn) =>
        Assert.That(new Maintenance("a new disk") { Since = Now.AddSeconds(secondsFromNow) }.IsOn(Main, Now), Is.EqualTo(isOn));

    [Test]
    public async Task A_gate_is_asked_about_each_change_but_those_that_pass()
    {
        var gate = new ClosedGate();
        using var application = new Application(s => s.AddSingleton<IWriteGate>(gate));
        var refused = await Assert.ThrowsAsync<OutageException>(() => application.SubmitAsync(new CreateObservingProgram("P-1", "One", ProgramKind.Science)));
        Assert.That((refused!.Problem, string.Join(' ', gate.Asked)), Is.EqualTo((PlatformProblems.Maintenance, "programs.create")));
        await application.SubmitAsync(new KeepResolution("M 1", "simbad", new("M 1", 83.6, 22.0, null, null, null, []), Now));
        Assert.That((gate.Asked.Count, application.Database.Transactions.Count), Is.EqualTo((1, 1)));
    }

    private sealed class ClosedGate : IWriteGate
    {
        public List<string> Asked { get; } = [];

        public Task RequireOpenAsync(KindAttribute mark, CancellationToken ct)
        {
            Asked.Add(mark.Kind);
            throw new OutageException(PlatformProblems.Maintenance, "a new disk");
        }
    }
}
