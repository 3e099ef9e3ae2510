using OpsDb.Copies;
using OpsDb.DataFlow;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.Transfers;

namespace OpsDb.DbTests.Jobs;

/// <summary>Archived packages that somebody wants to work on, at one of the archive sites.</summary>
public sealed class StagingTests : ArchivesFixture
{
    private DataLocation scratch = null!;

    [SetUp]
    public async Task MakeScratch() => scratch = await LocationAsync("scratch", LocationType.Processing, Sites["valley"]);

    [Test]
    public async Task What_was_asked_for_is_unpacked_to_the_tree_that_the_instrument_has_written()
    {
        var package = await ArchivedAsync(("2026/11/20/scan-1.fits", "first"), ("empty.txt", ""), ("notes/ä.txt", "remarks"));
        var job = await RequestAsync(package);
        var run = await RunAsync("valley", "stage");
        Assert.That((run.Outcome, run.Done), Is.EqualTo((JobOutcome.Done, 1)), run.Reason);
        var done = await ReadAsync<StagingJob>(job);
        Assert.That((done.Status, done.OriginLocationId), Is.EqualTo((WorkStatus.Completed, (int?)Archives["valley"].Archive.Id)));
        Assert.That((await CopyAsync(package)).Status, Is.EqualTo(CopyStatus.Staged));
        foreach (var (path, content) in ((string, string)[])[("2026/11/20/scan-1.fits", "first"), ("empty.txt", ""), ("notes/ä.txt", "remarks")])
            Assert.That(await File.ReadAllTextAsync(Path.Combine(Tree(package), path)), Is.EqualTo(content), path);
    }

    [Test]
    public async Task What_is_wrong_in_one_archive_comes_from_the_other()
    {
        var package = await ArchivedAsync(("scan.fits", "content"));
        Spoil(Path.Combine(Archives["valley"].Archive.Path!, PackedFiles.KeyOf(package)));
        File.Delete(Path.Combine(Archives["valley"].Buffer.Path!, PackedFiles.KeyOf(package)));
        var job = await RequestAsync(package);
        Assert.That((await RunAsync("valley", "stage")).Done, Is.EqualTo(1));
        Assert.That((await ReadAsync<StagingJob>(job)).OriginLocationId, Is.EqualTo(Archives["lakes"].Archive.Id));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(Tree(package), "scan.fits")), Is.EqualTo("content"));
    }

    [Test]
    public async Task What_is_right_nowhere_is_never_told_as_staged()
    {
        var package = await ArchivedAsync(("scan.fits", "content"));
        foreach (var place in (DataLocation[])[Buffer, .. Archives.Values.SelectMany(a => (DataLocation[])[a.Buffer, a.Archive])])
            Spoil(Path.Combine(place.Path!, PackedFiles.KeyOf(package)));
        var job = await RequestAsync(package);
        var run = await RunAsync("valley", "stage");
        Assert.That((run.Outcome, run.Done), Is.EqualTo((JobOutcome.SomeFailed, 0)));
        Assert.That((await ReadAsync<StagingJob>(job)).Status, Is.EqualTo(WorkStatus.Pending));
        Assert.That(File.Exists(Path.Combine(Tree(package), PackageManifest.Name)), Is.False);
    }

    [Test]
    public async Task A_worker_that_is_killed_between_any_two_steps_stages_all_the_same()
    {
        var moments = int.MaxValue;
        for (var moment = 0; moment < moments; moment++)
        {
            var package = await ArchivedAsync(($"{moment}.fits", $"content {moment}"));
            var job = await RequestAsync(package);
            Kill.Set(moment == 0 ? null : moment - 1);
            await RunAsync("valley", "stage");
            if (moment == 0)
                moments = Kill.Passed + 1;
            Kill.Set(null);
            await UntilDoneAsync("valley", "stage");
            Assert.That(((await ReadAsync<StagingJob>(job)).Status, (await CopyAsync(package)).Status),
                Is.EqualTo((WorkStatus.Completed, CopyStatus.Staged)), $"killed at moment {moment}");
            Assert.That(await File.ReadAllTextAsync(Path.Combine(Tree(package), $"{moment}.fits")), Is.EqualTo($"content {moment}"));
        }
        Assert.That(moments, Is.GreaterThan(8));
    }

    [Test]
    public async Task What_is_released_goes_when_room_is_short_and_comes_again_when_it_is_asked_for_again()
    {
        var package = await ArchivedAsync(("scan.fits", "content"));
        var job = await RequestAsync(package);
        await RunAsync("valley", "stage");
        Kill.Used = 99;
        await RunAsync("valley", "delete");
        Assert.That(Directory.Exists(Tree(package)), "somebody works on it");
        await SubmitAsync(new ReleaseStagingJob { Id = job });
        await RunAsync("valley", "delete");
        Assert.That((Directory.Exists(Tree(package)), (await CopyAsync(package)).Status), Is.EqualTo((false, CopyStatus.Deleted)));

        Kill.Used = null;
        await RequestAsync(package);
        Assert.That((await RunAsync("valley", "stage")).Done, Is.EqualTo(1));
        Assert.That((File.Exists(Path.Combine(Tree(package), "scan.fits")), (await CopyAsync(package)).Status), Is.EqualTo((true, CopyStatus.Staged)));
    }

    [Test]
    public async Task What_is_asked_for_while_its_deletion_waits_stays()
    {
        var package = await ArchivedAsync(("scan.fits", "content"));
        var job = await RequestAsync(package);
        await RunAsync("valley", "stage");
        await SubmitAsync(new ReleaseStagingJob { Id = job });
        await SubmitAsync(new MoveCopy(CopyStatus.DeletionScheduled) { Id = PhysicalCopy.IdOf(package, scratch.Id) });
        var again = await RequestAsync(package);
        Assert.That((await RunAsync("valley", "delete")).Outcome, Is.EqualTo(JobOutcome.Done));
        Assert.That(((await CopyAsync(package)).Status, Directory.Exists(Tree(package))), Is.EqualTo((CopyStatus.Staged, true)));
        await UntilDoneAsync("valley", "stage");
        Assert.That((await ReadAsync<StagingJob>(again)).Status, Is.EqualTo(WorkStatus.Completed));
    }

    [Test]
    public async Task What_is_released_before_it_came_is_not_fetched_any_more()
    {
        var package = await ArchivedAsync(("scan.fits", "content"));
        await SubmitAsync(new ReleaseStagingJob { Id = await RequestAsync(package) });
        Assert.That((await RunAsync("valley", "stage")).Done, Is.Zero);
        Assert.That(Directory.Exists(Tree(package)), Is.False);
    }

    private async Task<Guid> ArchivedAsync(params (string, string)[] files)
    {
        var package = await WriteAsync(files);
        await FlowAsync();
        return package;
    }

    private async Task<Guid> RequestAsync(Guid package) =>
        (await SubmitAsync(new CreateStagingJob([package], scratch.Id) { RequestedBy = "observer" })).Id;

    private Task<PhysicalCopy> CopyAsync(Guid package) => ReadAsync<PhysicalCopy>(PhysicalCopy.IdOf(package, scratch.Id));

    private string Tree(Guid package) => Path.Combine(scratch.Path!, StagedTree.FolderOf(package));
}
