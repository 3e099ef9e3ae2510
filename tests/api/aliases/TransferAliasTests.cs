using OpsDb.ApiTests.Transfers;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Aliases;

/// <summary>The addresses that clients of older systems use for staging and transfers.</summary>
[TestFixture(SiteType.Main)]
public sealed class TransferAliasTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task Data_are_staged_and_released()
    {
        var flow = await DataFlow.BeginAsync(Api, archives: 1);
        var package = await flow.BuiltAsync();
        await flow.ArchiveAsync(package, 0);
        var body = new { raw_data_package_ids = new[] { package }, destination_location_id = flow.Processing };
        var job = await Api.PostAsync("/staging/", body, $"stage {package}");
        Assert.That((job.Status, job.Text("status"), job.Text("requested_by")), Is.EqualTo((201, "pending", "observer")), job.ToString());
        Assert.That((await Api.PostAsync("/staging/", body, $"stage {package}")).Header("Idempotency-Replayed"), Is.EqualTo("true"));
        Assert.That((await Api.GetAsync($"/staging?destination_location_id={flow.Processing}")).Items.Single().GetProperty("id").GetGuid(), Is.EqualTo(job.Id));
        await flow.MovedAsync($"staging-jobs/{job.Id}", "status", new { status = "failed", reason = "no tape" });
        Assert.That((await Api.PostAsync($"/staging/{job.Id}/retry", new { })).Problem, Is.EqualTo("permission-missing"));
        var retried = await Api.PostAsync($"/staging/{job.Id}/retry", new { reason = "the tape is back" }, null, TestTokens.Admin);
        Assert.That((retried.Status, retried.Text("status")), Is.EqualTo((200, "pending")), retried.ToString());
        var released = await Api.PostAsync($"/staging/{job.Id}/release", null);
        Assert.That((released.Status, released.Text("next_step")), Is.EqualTo((200, "deletion of what was staged")), released.ToString());
        Assert.That((await Api.DeleteAsync($"/staging/{job.Id}", null)).Problem, Is.EqualTo("state-conflict"), "it is released");
    }

    [Test]
    public async Task A_staging_job_is_cancelled()
    {
        var flow = await DataFlow.BeginAsync(Api, archives: 1);
        var package = await flow.BuiltAsync();
        await flow.ArchiveAsync(package, 0);
        var job = await Api.PostAsync("/staging", new { raw_data_package_ids = new[] { package }, destination_location_id = flow.Processing });
        var cancelled = await Api.DeleteAsync($"/staging/{job.Id}", job.ETag, $"cancel {job.Id}", TestTokens.Observer);
        Assert.That((cancelled.Status, cancelled.Id), Is.EqualTo((200, job.Id)), cancelled.ToString());
        Assert.That((await Api.GetAsync($"/staging/{job.Id}")).Text("released_at"), Is.Not.Empty);
        Assert.That((await Api.DeleteAsync($"/staging/{Guid.CreateVersion7()}", null)).Status, Is.EqualTo(404));
    }

    [Test]
    public async Task A_failed_transfer_is_put_back_to_work()
    {
        var flow = await DataFlow.BeginAsync(Api, archives: 1);
        var transfer = await TransferOverviewTests.TransferAsync(flow);
        await flow.MovedAsync($"data-transfers/{transfer}", "status", new { status = "failed", reason = "the link broke" });
        var address = $"/api/transfer/data-transfer/{transfer}/reset";
        var reset = await Api.PostAsync(address, new { }, null, TestTokens.Admin);
        Assert.That((reset.Status, reset.Text("status"), reset.Body.GetProperty("attempt").GetInt32()), Is.EqualTo((200, "pending", 0)), reset.ToString());
        Assert.That((await Api.PostAsync(address, new { }, null, TestTokens.Admin)).Problem, Is.EqualTo("state-conflict"), "it waits already");
    }
}
