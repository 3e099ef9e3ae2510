using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using OpsDb.Copies;
using OpsDb.DataFlow;
using OpsDb.Executions;
using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.RawData;
using OpsDb.TestKit;

namespace OpsDb.DbTests.Jobs;

/// <summary>Packages, from the files that an instrument has written to a packed file in the buffer of its site.</summary>
public sealed class PackagingTests : DataFixture
{
    [Test]
    public async Task A_package_is_packed_with_its_manifest_and_gives_the_same_tree_again()
    {
        var package = await WriteAsync(("2026/11/20/scan-1.fits", "first"), ("2026/11/20/scan-2.fits", ""), ("notes/ä.txt", "remarks"));
        var run = await RunAsync("package");
        Assert.That((run.Outcome, run.Done), Is.EqualTo((JobOutcome.Done, 1)), run.Reason);
        var packed = await ReadAsync<RawDataPackage>(package);
        Assert.That((packed.BuildStatus, packed.NextStep, packed.Attempt), Is.EqualTo((WorkStatus.Completed, "transfer", 1)));
        var file = Path.Combine(Buffer.Path!, PackedFiles.KeyOf(packed.Id));
        Assert.That(SHA256.HashData(await File.ReadAllBytesAsync(file)), Is.EqualTo(packed.Checksum));
        var copy = await ReadAsync<PhysicalCopy>(PhysicalCopy.IdOf(package, Buffer.Id));
        Assert.That((copy.Status, copy.VerifiedChecksum), Is.EqualTo((CopyStatus.Present, packed.Checksum)));

        var tree = Directory.CreateDirectory(Path.Combine(Folder, "unpacked")).FullName;
        await TarFile.ExtractToDirectoryAsync(file, tree, overwriteFiles: false);
        Assert.That(await File.ReadAllTextAsync(Path.Combine(tree, "2026/11/20/scan-1.fits")), Is.EqualTo("first"));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(tree, "notes/ä.txt")), Is.EqualTo("remarks"));
        Assert.That(new FileInfo(Path.Combine(tree, "2026/11/20/scan-2.fits")).Length, Is.Zero);
        var manifest = JsonSerializer.Deserialize<PackageManifest>(await File.ReadAllTextAsync(Path.Combine(tree, PackageManifest.Name)), Json.Options)!;
        Assert.That((manifest.Form, manifest.Package.Id, manifest.Files.Count), Is.EqualTo(("opsdb-package/1", package, 3)));
        Assert.That(Directory.GetFiles(Path.Combine(Buffer.Path!, ".opsdb-unfinished")), Is.Empty);
    }

    [Test]
    public async Task A_file_that_is_not_what_was_registered_is_told_of_and_in_the_end_given_up()
    {
        var package = await WriteAsync(("scan.fits", "content"));
        await File.WriteAllTextAsync(Path.Combine(Raw.Path!, "scan.fits"), "kontent");
        Assert.That((await RunAsync("package")).Reason, Does.Contain("scan.fits has the sha256"));
        var waiting = await ReadAsync<RawDataPackage>(package);
        Assert.That((waiting.BuildStatus, waiting.Reason), Is.EqualTo((WorkStatus.Pending, waiting.Reason)));
        Assert.That(waiting.Reason, Does.Contain("it is not the one that was registered"));
        for (var attempt = 2; attempt <= WorkItem.MaxAttempts; attempt++)
        {
            await WaitNoLongerAsync();
            await RunAsync("package");
        }
        Assert.That((await ReadAsync<RawDataPackage>(package)).BuildStatus, Is.EqualTo(WorkStatus.Failed));
        Assert.That(Directory.GetFiles(Buffer.Path!, "*", SearchOption.AllDirectories), Is.Empty, "nothing half done is there");

        await File.WriteAllTextAsync(Path.Combine(Raw.Path!, "scan.fits"), "content");
        await SubmitAsync(new Restart<RawDataPackage> { Id = package, How = RestartKind.Retry, Reason = "the file is back" });
        Assert.That((await RunAsync("package")).Done, Is.EqualTo(1), "a person set the package going again, and that is enough");
    }

    [TestCase("shorter", "short")]
    [TestCase("longer", "longer than before")]
    public async Task A_file_of_another_size_is_told_of(string registered, string present)
    {
        await WriteAsync(("scan.fits", registered));
        await File.WriteAllTextAsync(Path.Combine(Raw.Path!, "scan.fits"), present);
        Assert.That((await RunAsync("package")).Reason, Does.Contain($"scan.fits has {(present.Length > registered.Length ? "more than " : "")}"));
    }

    [Test]
    public async Task A_package_that_nobody_finalizes_is_closed_when_it_is_large_enough_or_was_forgotten()
    {
        var (small, large) = (await RegisterAsync(("small.fits", "content")), await RegisterAsync(("large.fits", new('x', 100))));
        Assert.That((await RunAsync("close-packages")).Done, Is.EqualTo(1));
        Assert.That(((await ReadAsync<RawDataPackage>(small)).FinalizedAt, (await ReadAsync<RawDataPackage>(large)).FileCount),
            Is.EqualTo(((DateTimeOffset?)null, (int?)1)));
        await SubmitAsync(new FinishExecution { Id = (await ReadAsync<RawDataPackage>(small)).ExecutedObsUnitId });
        Assert.That((await RunAsync("close-packages")).Done, Is.Zero, "a file may still come");
        await Installation.MainAsync<int>("update raw_data_file set created_at = created_at - interval '2 hours'; select 1");
        Assert.That((await RunAsync("close-packages")).Done, Is.EqualTo(1));
        Assert.That((await RunAsync("package")).Done, Is.EqualTo(2));
    }

    [Test]
    public async Task A_link_is_not_followed()
    {
        await WriteAsync(("scan.fits", "content"));
        File.Delete(Path.Combine(Raw.Path!, "scan.fits"));
        await File.WriteAllTextAsync(Path.Combine(Folder, "elsewhere"), "content");
        File.CreateSymbolicLink(Path.Combine(Raw.Path!, "scan.fits"), Path.Combine(Folder, "elsewhere"));
        Assert.That((await RunAsync("package")).Reason, Does.Contain("is a link"));
    }

    [Test]
    public async Task A_location_that_is_away_is_waited_for()
    {
        var package = await WriteAsync(("scan.fits", "content"));
        Directory.Move(Raw.Path!, $"{Raw.Path}.away");
        Assert.That((await RunAsync("package")).Outcome, Is.Not.EqualTo(JobOutcome.Done));
        Directory.Move($"{Raw.Path}.away", Raw.Path!);
        await WaitNoLongerAsync();
        Assert.That((await RunAsync("package")).Done, Is.EqualTo(1));
        Assert.That((await ReadAsync<RawDataPackage>(package)).BuildStatus, Is.EqualTo(WorkStatus.Completed));
    }

    [Test]
    public async Task A_worker_that_is_killed_between_any_two_steps_loses_nothing()
    {
        await WriteAsync(("scan.fits", "content"));
        Kill.Set(null);
        await RunAsync("package");
        var moments = Kill.Passed;
        Assert.That(moments, Is.GreaterThan(15));
        for (var moment = 0; moment < moments; moment++)
        {
            Kill.Set(null);
            var package = await WriteAsync(($"scan-{moment}.fits", $"content {moment}"), ($"{moment}.txt", "more"));
            Kill.Set(moment);
            await RunAsync("package");
            Kill.Set(null);
            await Eventually.TrueAsync(async () =>
            {
                await RunAsync("package");
                return await Installation.MainAsync<int>("select count(*) from work_item where state <> 'done'") == 0;
            }, $"what was killed at moment {moment} is done");
            var packed = await ReadAsync<RawDataPackage>(package);
            var copy = await ReadAsync<PhysicalCopy>(PhysicalCopy.IdOf(package, Buffer.Id));
            var bytes = await File.ReadAllBytesAsync(Path.Combine(Buffer.Path!, PackedFiles.KeyOf(packed.Id)));
            Assert.That((packed.BuildStatus, copy.VerifiedAt is null, Convert.ToHexStringLower(SHA256.HashData(bytes))),
                Is.EqualTo((WorkStatus.Completed, false, Convert.ToHexStringLower(packed.Checksum!))), $"killed at moment {moment}");
        }
    }
}
