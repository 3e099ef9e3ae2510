using OpsDb.ApiTests.Transfers;
using OpsDb.Copies;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Copies;

/// <summary>Where objects are, and what may be deleted.</summary>
[TestFixture(SiteType.Main)]
public sealed class CopyTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task A_file_has_a_copy_where_it_was_written_from_the_moment_of_its_registration()
    {
        var flow = await DataFlow.BeginAsync(Api);
        var package = await flow.RegisteredAsync(3);
        var files = (await flow.GetAsync($"raw-data-files?raw_data_package_id={package}")).Items.Select(f => f.GetProperty("id").GetGuid()).ToList();
        var copies = (await flow.GetAsync($"physical-copies?data_location_id={flow.Source}")).Items.ToList();
        Assert.That(copies.Select(c => c.GetProperty("id").GetGuid()), Is.EquivalentTo(files.Select(f => PhysicalCopy.IdOf(f, flow.Source))));
        Assert.That(copies.Select(c => c.GetProperty("status").GetString()), Is.All.EqualTo("present"));
        var noted = await flow.PostAsync("physical-copies", new { data_location_id = flow.Source, raw_data_file_id = files[0] });
        Assert.That((noted.Status, noted.Body.GetProperty("version").GetInt32()), Is.EqualTo((200, 1)), noted.ToString());
    }

    [Test]
    public async Task A_source_copy_goes_when_enough_sites_have_verified_archive_copies_and_not_before()
    {
        var flow = await DataFlow.BeginAsync(Api);
        var package = await flow.BuiltAsync();
        var copy = (await flow.GetAsync($"physical-copies?data_location_id={flow.Source}")).Items.First().GetProperty("id").GetGuid();
        Task<TestAnswer> DeleteAsync() => flow.PostAsync($"physical-copies/{copy}/move", new { status = "deletion_scheduled" });
        Assert.That((await DeleteAsync()).Detail,
            Does.EndWith("archive_copies: 0 of 2 verified copies in long-term archives at different sites."));
        await flow.ArchiveAsync(package, 0);
        var sameSite = await flow.LocationAsync(flow.Archives[0].Site, "lta2", "long_term_archive");
        await flow.DoneAsync("physical-copies", new { data_location_id = sameSite, raw_data_package_id = package, checksum = DataFlow.Sum($"{package}") });
        await flow.DoneAsync("physical-copies", new { data_location_id = flow.Archives[1].Archive, raw_data_package_id = package });
        var refused = await DeleteAsync();
        Assert.That((refused.Status, refused.Detail), Is.EqualTo((409,
            $"The copy {copy} may not be deleted: archive_copies: 1 of 2 verified copies in long-term archives at different sites.")),
            "a second one at the same site does not count, nor does one that nobody has verified");
        await flow.DoneAsync($"physical-copies/{PhysicalCopy.IdOf(package, flow.Archives[1].Archive)}/verify", new { checksum = DataFlow.Sum($"{package}") });
        Assert.That((await DeleteAsync()).Status, Is.EqualTo(200));
        foreach (var status in (string[])["deletion_in_progress", "deleted"])
            await flow.DoneAsync($"physical-copies/{copy}/move", new { status });
        var again = await flow.DoneAsync("physical-copies", new { data_location_id = flow.Source, raw_data_file_id = await FileOfAsync(flow, copy) });
        Assert.That((again.Text("status"), again.Body.GetProperty("version").GetInt32()), Is.EqualTo(("present", 5)), "it came back");
    }

    [Test]
    public async Task What_is_held_stays_until_it_is_released()
    {
        var flow = await DataFlow.BeginAsync(Api);
        var package = await ArchivedTwiceAsync(flow);
        var mine = $"data_location_id={flow.Source}";
        var of = $"executed_obs_unit_id={await ExecutionOfAsync(flow, package)}";
        var held = await flow.DoneAsync($"raw-data-packages/hold?state=archived&{of}", new { reason = "reprocessing" });
        Assert.That(held.Body.GetProperty("changed").GetInt32(), Is.EqualTo(1));
        var candidates = (await flow.GetAsync($"physical-copies/deletion?{mine}")).Items.ToList();
        Assert.That(candidates.Select(c => (c.GetProperty("may_be_deleted").GetBoolean(), c.GetProperty("obstacles")[0].GetString())),
            Is.All.EqualTo((false, "hold: reprocessing")));
        var none = await flow.DoneAsync($"physical-copies/schedule-deletion?{mine}", new { });
        Assert.That((none.Body.GetProperty("matched").GetInt32(), none.Body.GetProperty("changed").GetInt32()), Is.EqualTo((2, 0)));
        await flow.DoneAsync($"raw-data-packages/release?{of}", new { });
        var dry = await flow.DoneAsync($"physical-copies/schedule-deletion?{mine}&dry_run=true", new { });
        Assert.That(dry.Body.GetProperty("changed").GetInt32(), Is.EqualTo(2));
        Assert.That((await flow.GetAsync($"physical-copies?{mine}&status=present&count=true")).Total, Is.EqualTo(2));
        await flow.DoneAsync($"physical-copies/schedule-deletion?{mine}", new { reason = "archived twice" });
        Assert.That((await flow.GetAsync($"physical-copies?{mine}&status=deletion_scheduled&count=true")).Total, Is.EqualTo(2));
        var one = (await flow.GetAsync($"physical-copies?{mine}")).Items.First().GetProperty("id").GetGuid();
        await flow.DoneAsync("holds", new { reason = "at the last moment", physical_copy_id = one });
        var begun = await flow.PostAsync($"physical-copies/{one}/move", new { status = "deletion_in_progress" });
        Assert.That((begun.Status, begun.Detail), Is.EqualTo((409, $"The copy {one} may not be deleted: hold: at the last moment.")));
    }

    [Test]
    public async Task Nothing_is_deleted_from_a_long_term_archive()
    {
        var flow = await DataFlow.BeginAsync(Api);
        var package = await ArchivedTwiceAsync(flow);
        var copy = PhysicalCopy.IdOf(package, flow.Archives[0].Archive);
        var refused = await flow.PostAsync($"physical-copies/{copy}/move", new { status = "deletion_scheduled" });
        Assert.That((refused.Status, refused.Problem), Is.EqualTo((422, "invalid-fields")), refused.ToString());
        await Assert.ThatAsync(() => Installation.MainAsync<int>("update physical_copy set status = 'deleted' where id = @copy returning 1", new { copy }),
            Throws.Exception.With.Message.Contains("physical_copy_archived"));
    }

    [Test]
    public async Task A_hold_and_a_deletion_at_once_never_both_succeed()
    {
        var flow = await DataFlow.BeginAsync(Api);
        var package = await ArchivedTwiceAsync(flow);
        var copies = (await flow.GetAsync($"physical-copies?data_location_id={flow.Source}")).Items.Select(c => c.GetProperty("id").GetGuid()).ToList();
        var other = new DataFlow(Other);
        var answers = await Task.WhenAll(
            flow.PostAsync($"physical-copies/{copies[0]}/move", new { status = "deletion_scheduled" }),
            other.PostAsync("holds", new { reason = "stay", raw_data_package_id = package }));
        Assert.That(answers[1].Status, Is.EqualTo(201), answers[1].ToString());
        var begun = await flow.PostAsync($"physical-copies/{copies[0]}/move", new { status = "deletion_in_progress" });
        Assert.That(begun.Status, Is.EqualTo(409), "scheduled before the hold or refused because of it, it does not begin");
    }

    [Test]
    public async Task What_a_copy_is_of_is_said_once_and_its_checksum_has_its_form()
    {
        var flow = await DataFlow.BeginAsync(Api);
        var package = await flow.BuiltAsync();
        var two = await flow.PostAsync("physical-copies", new { data_location_id = flow.Buffer, raw_data_package_id = package, raw_data_file_id = package });
        Assert.That((two.Status, two.Problem), Is.EqualTo((422, "invalid-fields")), two.ToString());
        Assert.That((await flow.PostAsync("physical-copies", new { data_location_id = flow.Buffer })).Status, Is.EqualTo(422));
        Assert.That((await flow.PostAsync("physical-copies", new { data_location_id = flow.Buffer, raw_data_package_id = Guid.CreateVersion7() })).Problem,
            Is.EqualTo("reference-unknown"));
        var wrong = await flow.DoneAsync("physical-copies",
            new { data_location_id = flow.Buffer, raw_data_package_id = package, checksum = DataFlow.Sum("other") });
        Assert.That((wrong.Body.GetProperty("verified_at").ValueKind.ToString(), wrong.Text("next_step")), Is.EqualTo(("Null", "copy again")));
    }

    private static async Task<Guid> ArchivedTwiceAsync(DataFlow flow)
    {
        var package = await flow.BuiltAsync();
        await flow.ArchiveAsync(package, 0);
        await flow.ArchiveAsync(package, 1);
        return package;
    }

    private static async Task<Guid> FileOfAsync(DataFlow flow, Guid copy) =>
        (await flow.GetAsync($"physical-copies/{copy}")).Body.GetProperty("raw_data_file_id").GetGuid();

    private static async Task<Guid> ExecutionOfAsync(DataFlow flow, Guid package) =>
        (await flow.GetAsync($"raw-data-packages/{package}")).Body.GetProperty("executed_obs_unit_id").GetGuid();
}
