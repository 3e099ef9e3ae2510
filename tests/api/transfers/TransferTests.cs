using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Transfers;

/// <summary>Bundles, their way from the telescope to the archives, and staging.</summary>
[TestFixture(SiteType.Main)]
public sealed class TransferTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task Packages_go_bundled_to_an_archive_and_are_archived_there()
    {
        var flow = await DataFlow.BeginAsync(Api);
        Guid[] packages = [await flow.BuiltAsync(), await flow.BuiltAsync()];
        var bundle = await BundledAsync(flow, packages);
        Assert.That(bundle.Body.GetProperty("size_bytes").GetInt64(), Is.EqualTo(4000));
        Assert.That((await flow.GetAsync($"raw-data-packages/{packages[0]}")).Text("state"), Is.EqualTo("transferring"));
        var twice = await flow.PostAsync("data-transfer-packages", new { origin_location_id = flow.Buffer, raw_data_package_ids = packages });
        Assert.That((twice.Status, twice.Detail), Is.EqualTo((409, twice.Detail)));
        Assert.That(twice.Body.GetProperty("errors").GetProperty("raw_data_package_ids[0]")[0].GetString(), Does.Contain($"{bundle.Id} already"));

        var transfer = await flow.DoneAsync("data-transfers", new { data_transfer_package_id = bundle.Id, destination_location_id = flow.Archives[0].Buffer });
        Assert.That(transfer.Body.GetProperty("first_hop").GetBoolean());
        var unpack = await flow.PostAsync($"data-transfers/{transfer.Id}/move", new { unpack_status = "scheduled" });
        Assert.That((unpack.Status, unpack.Detail), Is.EqualTo((409, "The bundle is not copied: there is nothing yet to unpack.")));
        await flow.MovedAsync($"data-transfers/{transfer.Id}", "status",
            new { status = "completed", copied_bytes = 4000, checksum = DataFlow.Sum("bundle") });
        await flow.MovedAsync($"data-transfers/{transfer.Id}", "unpack_status", new { unpack_status = "completed" });
        Assert.That(await flow.CopyAsync("data_transfer_package_id", bundle.Id, flow.Archives[0].Buffer), Is.Not.EqualTo(Guid.Empty));
        await flow.CopyAsync("raw_data_package_id", packages[1], flow.Archives[0].Buffer);

        await flow.ArchiveAsync(packages[0], 0);
        var archived = await flow.GetAsync($"raw-data-packages/{packages[0]}");
        Assert.That((archived.Text("state"), archived.Body.GetProperty("deadline").ValueKind.ToString()), Is.EqualTo(("archived", "Null")));
        Assert.That((await flow.GetAsync($"raw-data-packages/{packages[1]}")).Text("state"), Is.EqualTo("transferring"));
    }

    [Test]
    public async Task A_bundle_leaves_its_site_once_and_the_first_way_rotates_over_the_archives()
    {
        var flow = await DataFlow.BeginAsync(Api);
        var first = await BundledAsync(flow, await flow.BuiltAsync());
        var transfer = await flow.DoneAsync("data-transfers", new { data_transfer_package_id = first.Id, destination_location_id = flow.Archives[0].Buffer });
        var again = await flow.PostAsync("data-transfers", new { data_transfer_package_id = first.Id, destination_location_id = flow.Archives[1].Buffer });
        Assert.That((again.Status, again.Problem), Is.EqualTo((409, "already-exists")), again.ToString());
        var between = new
        {
            data_transfer_package_id = first.Id,
            origin_location_id = flow.Archives[0].Buffer,
            destination_location_id = flow.Archives[1].Buffer,
        };
        Assert.That((await flow.DoneAsync("data-transfers", between)).Body.GetProperty("first_hop").GetBoolean(), Is.False);
        var second = await BundledAsync(flow, await flow.BuiltAsync());
        var chosen = await flow.DoneAsync("data-transfers", new { data_transfer_package_id = second.Id });
        Assert.That(chosen.Body.GetProperty("destination_location_id").GetInt32(),
            Is.Not.EqualTo(transfer.Body.GetProperty("destination_location_id").GetInt32()), "the next archive's turn");
        var onward = (await flow.GetAsync($"data-transfers?data_transfer_package_id={first.Id}&first_hop=false")).Items.Single().GetProperty("id").GetGuid();
        await Assert.ThatAsync(() => Installation.MainAsync<int>("update data_transfer set first_hop = true where id = @onward returning 1", new { onward }),
            Throws.Exception.With.Message.Contains("data_transfer_first_hop"));
    }

    [Test]
    public async Task A_failed_unpacking_is_tried_again_without_copying()
    {
        var flow = await DataFlow.BeginAsync(Api);
        var bundle = await BundledAsync(flow, await flow.BuiltAsync());
        var transfer = await flow.DoneAsync("data-transfers", new { data_transfer_package_id = bundle.Id, destination_location_id = flow.Archives[0].Buffer });
        var address = $"data-transfers/{transfer.Id}";
        await flow.MovedAsync(address, "status", new { status = "completed" });
        await flow.MovedAsync(address, "unpack_status", new { unpack_status = "failed", reason = "the disk is full" });
        var retried = await flow.DoneAsync($"{address}/retry", new { reason = "there is room again" });
        Assert.That((retried.Text("status"), retried.Text("unpack_status"), retried.Text("reason"), retried.Text("next_step")),
            Is.EqualTo(("completed", "pending", "there is room again", "unpacking")));
        Assert.That(retried.Body.GetProperty("unpack_attempt").GetInt32(), Is.EqualTo(1));
        Assert.That((await flow.PostAsync($"{address}/retry", new { })).Detail, Does.Contain("nothing of it has failed"));
    }

    [Test]
    public async Task Many_are_tried_again_at_once_and_a_dry_run_says_which()
    {
        var flow = await DataFlow.BeginAsync(Api);
        foreach (var _ in (int[])[1, 2, 3])
        {
            var (_, buffer, archive) = flow.Archives[0];
            var transfer = await flow.DoneAsync("archive-transfers",
                new { raw_data_package_id = await flow.BuiltAsync(), origin_location_id = buffer, destination_location_id = archive });
            await flow.MovedAsync($"archive-transfers/{transfer.Id}", "status", new { status = "failed", reason = "no tape" });
        }
        var mine = $"destination_location_id={flow.Archives[0].Archive}";
        var dry = await flow.DoneAsync($"archive-transfers/retry?{mine}&status=failed&dry_run=true", new { });
        Assert.That((dry.Body.GetProperty("matched").GetInt32(), dry.Body.GetProperty("changed").GetInt32()), Is.EqualTo((3, 3)));
        Assert.That((await flow.GetAsync($"archive-transfers?{mine}&status=failed&count=true")).Total, Is.EqualTo(3));
        var done = await flow.DoneAsync($"archive-transfers/retry?{mine}&status=failed", new { reason = "the tapes have come" });
        Assert.That(done.Items.Select(i => (i.GetProperty("from").GetString(), i.GetProperty("to").GetString())), Is.All.EqualTo(("failed", "pending")));
        Assert.That((await flow.GetAsync($"archive-transfers?{mine}&status=pending&count=true")).Total, Is.EqualTo(3));
        Assert.That((await flow.DoneAsync($"archive-transfers/reset?{mine}", new { })).Body.GetProperty("changed").GetInt32(), Is.Zero);
        var unsaid = await flow.PostAsync("archive-transfers/retry", new { });
        Assert.That((unsaid.Status, unsaid.Problem), Is.EqualTo((400, "malformed-parameter")), unsaid.ToString());
        Assert.That((await flow.PostAsync($"archive-transfers/retry?{mine}&limit=1", new { })).Status, Is.EqualTo(400));
    }

    [Test]
    public async Task Archived_packages_are_staged_within_the_quota_and_released()
    {
        var flow = await DataFlow.BeginAsync(Api);
        Guid[] packages = [await flow.BuiltAsync(), await flow.BuiltAsync()];
        var early = await flow.PostAsync("staging-jobs", new { raw_data_package_ids = packages, destination_location_id = flow.Processing });
        Assert.That((early.Status, early.Problem), Is.EqualTo((409, "state-conflict")), early.ToString());
        foreach (var package in packages)
            await flow.ArchiveAsync(package, 0);
        var place = await flow.GetAsync($"data-locations/{flow.Processing}");
        await Api.PatchAsync($"/api/v1/data-locations/{flow.Processing}", new { staging_quota_bytes = 5000 }, place.ETag, TestTokens.Admin);
        var job = await flow.DoneAsync("staging-jobs", new { raw_data_package_ids = packages, destination_location_id = flow.Processing });
        Assert.That((job.Body.GetProperty("size_bytes").GetInt64(), job.Text("requested_by")), Is.EqualTo((4000L, job.Text("created_by"))));
        var more = await flow.PostAsync("staging-jobs", new { raw_data_package_ids = packages[..1], destination_location_id = flow.Processing });
        Assert.That((more.Status, more.Problem), Is.EqualTo((409, "quota-exceeded")), more.ToString());
        await flow.MovedAsync($"staging-jobs/{job.Id}", "status", new { status = "completed" });
        var staged = await flow.CopyAsync("raw_data_package_id", packages[0], flow.Processing);
        var kept = await flow.PostAsync($"physical-copies/{staged}/move", new { status = "deletion_scheduled" });
        Assert.That((kept.Status, kept.Detail), Is.EqualTo((409, $"The copy {staged} may not be deleted: staging_job: {job.Id}.")));
        await flow.DoneAsync($"staging-jobs/{job.Id}/release", new { });
        await flow.DoneAsync($"physical-copies/{staged}/move", new { status = "deletion_scheduled" });
        var elsewhere = await flow.PostAsync("staging-jobs", new { raw_data_package_ids = packages, destination_location_id = flow.Buffer });
        Assert.That(elsewhere.Status, Is.EqualTo(422), elsewhere.ToString());
    }

    [Test]
    public async Task A_package_is_archived_by_nothing_but_a_verified_copy_in_an_archive()
    {
        var flow = await DataFlow.BeginAsync(Api);
        var package = await flow.BuiltAsync();
        var body = new { raw_data_package_id = package, origin_location_id = flow.Archives[0].Buffer, destination_location_id = flow.Archives[0].Archive };
        var transfer = await flow.DoneAsync("archive-transfers", body);
        Assert.That((await flow.PostAsync("archive-transfers", body)).Problem, Is.EqualTo("already-exists"));
        foreach (var step in (string[])["scheduled", "in_progress"])
            await flow.DoneAsync($"archive-transfers/{transfer.Id}/move", new { status = step });
        var unverified = await flow.PostAsync($"archive-transfers/{transfer.Id}/move", new { status = "completed" });
        Assert.That((unverified.Status, unverified.Detail), Is.EqualTo((409,
            "The copy in the archive is not verified: send its checksum with this, or verify the copy before.")));
        var wrong = await flow.PostAsync($"archive-transfers/{transfer.Id}/move", new { status = "completed", checksum = DataFlow.Sum("other") });
        Assert.That((wrong.Status, wrong.Problem), Is.EqualTo((409, "state-conflict")), wrong.ToString());
        const string byHand = "update raw_data_package set state = 'archived' where id = @package returning 1";
        await Assert.ThatAsync(() => Installation.MainAsync<int>(byHand, new { package }),
            Throws.Exception.With.Message.Contains("no archive transfer of it is completed with a verified copy"));
        await flow.DoneAsync($"archive-transfers/{transfer.Id}/move", new { status = "completed", checksum = DataFlow.Sum($"{package}") });
        Assert.That((await flow.GetAsync($"raw-data-packages/{package}")).Text("state"), Is.EqualTo("archived"));
        var elsewhere = new { raw_data_package_id = package, origin_location_id = flow.Archives[0].Buffer, destination_location_id = flow.Buffer };
        Assert.That((await flow.PostAsync("archive-transfers", elsewhere)).Status, Is.EqualTo(422));
    }

    private static async Task<TestAnswer> BundledAsync(DataFlow flow, params Guid[] packages)
    {
        var bundle = await flow.DoneAsync("data-transfer-packages", new { origin_location_id = flow.Buffer, raw_data_package_ids = packages });
        await flow.MovedAsync($"data-transfer-packages/{bundle.Id}", "status",
            new { status = "completed", file_name = "bundle.tar", checksum = DataFlow.Sum("bundle") });
        return bundle;
    }
}
