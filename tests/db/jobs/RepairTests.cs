using System.Security.Cryptography;
using OpsDb.Copies;
using OpsDb.DataFlow;
using OpsDb.Jobs;
using OpsDb.RawData;

namespace OpsDb.DbTests.Jobs;

/// <summary>Copies that have gone bad, and become right again from those that are.</summary>
public sealed class RepairTests : ArchivesFixture
{
    [Test]
    public async Task A_copy_that_has_gone_bad_or_is_gone_is_made_right_from_another_one_as_often_as_it_happens()
    {
        var package = await WriteAsync(("scan.fits", "content"));
        await FlowAsync();
        var file = At("lakes", package);
        foreach (var harm in (Action[])[() => Spoil(file), () => File.Delete(file), () => Spoil(file)])
        {
            harm();
            await RunAsync("lakes", "verify-at-rest");
            Assert.That((await CopyAsync("lakes", package)).IsWrong());
            Assert.That((await RunAsync("lakes", "repair")).Done, Is.EqualTo(1));
            var copy = await CopyAsync("lakes", package);
            Assert.That((copy.VerifiedChecksum, copy.Reason, copy.NextStep),
                Is.EqualTo((SHA256.HashData(await File.ReadAllBytesAsync(file)), (string?)null, (string?)null)));
        }
        Assert.That((await RunAsync("lakes", "repair")).Done, Is.Zero, "there is nothing more to do");
    }

    [Test]
    public async Task What_is_there_stays_until_something_right_can_take_its_place()
    {
        var package = await WriteAsync(("scan.fits", "content"));
        await FlowAsync();
        Spoil(At("lakes", package));
        await RunAsync("lakes", "verify-at-rest");
        var wrong = await File.ReadAllBytesAsync(At("lakes", package));
        foreach (var other in (string[])[At("valley", package), .. Others(package)])
            Spoil(other);
        var run = await RunAsync("lakes", "repair");
        Assert.That((run.Outcome, run.Done), Is.EqualTo((JobOutcome.SomeFailed, 0)), run.Reason);
        Assert.That(await File.ReadAllBytesAsync(At("lakes", package)), Is.EqualTo(wrong));
        Assert.That((await CopyAsync("lakes", package)).IsWrong());
        foreach (var other in (string[])[At("valley", package), .. Others(package)])
            Spoil(other);
        await WaitNoLongerAsync();
        Assert.That((await RunAsync("lakes", "repair")).Done, Is.EqualTo(1));
    }

    [Test]
    public async Task A_worker_that_is_killed_between_any_two_steps_repairs_all_the_same()
    {
        var package = await WriteAsync(("scan.fits", "content"));
        await FlowAsync();
        var moments = int.MaxValue;
        for (var moment = 0; moment < moments; moment++)
        {
            Spoil(At("lakes", package));
            await RunAsync("lakes", "verify-at-rest");
            Kill.Set(moment == 0 ? null : moment - 1);
            await RunAsync("lakes", "repair");
            if (moment == 0)
                moments = Kill.Passed + 1;
            Kill.Set(null);
            await UntilAsync("lakes", "repair", async () => (await CopyAsync("lakes", package)).VerifiedAt is not null);
            Assert.That(SHA256.HashData(await File.ReadAllBytesAsync(At("lakes", package))),
                Is.EqualTo((await ReadAsync<RawDataPackage>(package)).Checksum), $"killed at moment {moment}");
        }
        Assert.That(moments, Is.GreaterThan(6));
    }

    private string At(string site, Guid package) => Path.Combine(Archives[site].Archive.Path!, PackedFiles.KeyOf(package));

    private IEnumerable<string> Others(Guid package) =>
        new[] { Buffer, Archives["valley"].Buffer, Archives["lakes"].Buffer }.Select(l => Path.Combine(l.Path!, PackedFiles.KeyOf(package)));

    private Task<PhysicalCopy> CopyAsync(string site, Guid package) => ReadAsync<PhysicalCopy>(PhysicalCopy.IdOf(package, Archives[site].Archive.Id));
}
