using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.TestKit;

namespace OpsDb.ApiTests.Transfers;

/// <summary>What the whole installation of the fixture has, which nothing else uses.</summary>
[TestFixture(SiteType.Main)]
[TestFixture(SiteType.Secondary)]
public sealed class TransferOverviewTests(SiteType type) : SiteFixture(type)
{
    [Test]
    public async Task It_counts_what_is_where_pending_or_not()
    {
        Assert.That(await ReadAsync(), Is.EqualTo("0 packages (0 0 0 0), 0 active, copying 0 0 0 0 0, unpacking 0 0 0 0 0, archiving 0 0 0 0 0"));
        await using var main = SiteType == SiteType.Main ? null : await Installation.StartMainAsync();
        var flow = await DataFlow.BeginAsync(main ?? Api, archives: 1);
        var package = await flow.BuiltAsync();
        await flow.ArchiveAsync(package, 0);
        await TransferAsync(flow);
        var copied = await TransferAsync(flow);
        await flow.MovedAsync($"data-transfers/{copied}", "status", new { status = "completed" });
        await flow.DoneAsync($"data-transfers/{copied}/move", new { unpack_status = "scheduled" });
        await Eventually.TrueAsync(async () => await ReadAsync() ==
            "3 packages (0 2 1 0), 1 active, copying 1 0 0 1 0, unpacking 0 1 0 0 0, archiving 0 0 0 1 0", "the site has all");
        var execution = (await Api.StartExecutionAsync()).Id;
        var begun = await Api.PostAsync("/api/v1/raw-data-packages", new { executed_obs_unit_id = execution, instrument_module_id = 1 });
        Assert.That(begun.Status, Is.EqualTo(Taken(201)), begun.ToString());
        Assert.That(await ReadAsync(), Is.EqualTo("4 packages (1 2 1 0), 1 active, copying 1 0 0 1 0, unpacking 0 1 0 0 0, archiving 0 0 0 1 0"));
        Assert.That((await Api.GetAsync("/api/transfer/overview")).Body.GetProperty("total_packages").GetInt32(), Is.EqualTo(4));
        Assert.That((await Api.GetAsync("/api/transfer/overview", TestTokens.ExecutionReader)).Problem, Is.EqualTo("permission-missing"));
    }

    /// <summary>A bundle that is to be moved to an archive site.</summary>
    internal static async Task<Guid> TransferAsync(DataFlow flow)
    {
        var bundle = await flow.DoneAsync("data-transfer-packages",
            new { origin_location_id = flow.Buffer, raw_data_package_ids = new[] { await flow.BuiltAsync() } });
        await flow.MovedAsync($"data-transfer-packages/{bundle.Id}", "status", new { status = "completed", checksum = DataFlow.Sum("bundle") });
        var way = new { data_transfer_package_id = bundle.Id, destination_location_id = flow.Archives[0].Buffer };
        return (await flow.DoneAsync("data-transfers", way)).Id;
    }

    private async Task<string> ReadAsync()
    {
        var read = await Other.GetAsync("/api/v1/transfers/overview");
        Assert.That(read.Status, Is.EqualTo(200), read.ToString());
        string Counts(string kind) => string.Join(' ', read.Body.GetProperty(kind).EnumerateObject().Select(c => c.Value.GetInt64()));
        JsonElement Of(string name) => read.Body.GetProperty(name);
        return $"{Of("total_packages")} packages ({Counts("packages")}), {Of("active_transfers")} active, copying {Counts("copying")}, "
            + $"unpacking {Counts("unpacking")}, archiving {Counts("archiving")}";
    }
}
