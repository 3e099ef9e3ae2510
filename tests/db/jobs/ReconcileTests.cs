using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Copies;
using OpsDb.DataFlow;
using OpsDb.Jobs;
using OpsDb.Locations;
using OpsDb.Transfers;

namespace OpsDb.DbTests.Jobs;

/// <summary>What the catalogue tells, and what is there.</summary>
public sealed class ReconcileTests : ArchivesFixture
{
    private Guid package;

    [SetUp]
    public async Task Archive()
    {
        package = await WriteAsync(("2026/scan.fits", "content"), ("notes.txt", "remarks"));
        await FlowAsync();
    }

    [Test]
    public async Task After_an_ordinary_night_they_agree_everywhere()
    {
        foreach (var place in (DataLocation[])[Raw, Buffer, .. Archives.Values.SelectMany(a => (DataLocation[])[a.Buffer, a.Archive])])
            Assert.That(await CompareAsync(place), Is.Empty, place.Name);
        Assert.That((await RunAsync("reconcile")).Outcome, Is.EqualTo(JobOutcome.Done));
    }

    [Test]
    public async Task A_packed_file_that_is_gone_is_told_and_comes_again_from_elsewhere()
    {
        var archive = Archives["lakes"].Archive;
        File.Delete(At(archive));
        Assert.That(await CompareAsync(archive), Is.EqualTo(new[] { (DiscrepancyKind.Missing, PackedFiles.KeyOf(package)) }));
        Assert.That((await RunAsync("lakes", "reconcile")).Reason, Does.Contain($"archive: 1 missing, the first is {PackedFiles.KeyOf(package)}"));
        Assert.That(await RepairAsync(archive), Is.EqualTo(new[] { "it was noted that it is gone" }));
        Assert.That(await CompareAsync(archive), Is.Empty, "the catalogue tells by now that it is wrong");
        Assert.That((await RunAsync("lakes", "repair")).Done, Is.EqualTo(1));
        Assert.That(File.Exists(At(archive)));
    }

    [Test]
    public async Task A_description_that_is_gone_is_written_again()
    {
        var archive = Archives["lakes"].Archive;
        var before = await File.ReadAllTextAsync($"{At(archive)}.json");
        File.Delete($"{At(archive)}.json");
        Assert.That(await CompareAsync(archive), Is.EqualTo(new[] { (DiscrepancyKind.NoDescription, $"{PackedFiles.KeyOf(package)}.json") }));
        Assert.That(await RepairAsync(archive), Is.EqualTo(new[] { "it was written" }));
        Assert.That((await File.ReadAllTextAsync($"{At(archive)}.json")).Length, Is.GreaterThan(before.Length / 2));
    }

    [Test]
    public async Task What_is_there_and_not_noted_is_noted_when_it_is_right_and_only_then()
    {
        var spare = await LocationAsync("spare", LocationType.Buffer, Sites["lakes"]);
        Directory.CreateDirectory(Path.GetDirectoryName(At(spare))!);
        File.Copy(At(Archives["lakes"].Archive), At(spare));
        Spoil(At(spare));
        Assert.That(await CompareAsync(spare), Is.EqualTo(new[] { (DiscrepancyKind.NotNoted, PackedFiles.KeyOf(package)) }));
        Assert.That(await RepairAsync(spare), Is.EqualTo(new string?[] { null }), "its content is another one");
        Spoil(At(spare));
        Assert.That(await RepairAsync(spare), Is.EqualTo(new[] { "it was read, is right, and is noted" }));
        Assert.That((await ReadAsync<PhysicalCopy>(PhysicalCopy.IdOf(package, spare.Id))).VerifiedChecksum,
            Is.EqualTo(SHA256.HashData(await File.ReadAllBytesAsync(At(spare)))));
        Assert.That(await CompareAsync(spare), Is.Empty);
    }

    [Test]
    public async Task What_is_there_though_it_was_deleted_is_noted_and_deleted_again_by_the_rules()
    {
        var bytes = await File.ReadAllBytesAsync(At(Buffer));
        Kill.Used = 99;
        await RunAsync("delete");
        Assert.That(File.Exists(At(Buffer)), Is.False);
        await File.WriteAllBytesAsync(At(Buffer), bytes);
        var raw = Path.Combine(Raw.Path!, "notes.txt");
        await File.WriteAllTextAsync(raw, "remarks");
        foreach (var (place, key) in ((DataLocation, string)[])[(Buffer, PackedFiles.KeyOf(package)), (Raw, "notes.txt")])
        {
            Assert.That(await CompareAsync(place), Is.EqualTo(new[] { (DiscrepancyKind.NotDeleted, key) }));
            Assert.That(await RepairAsync(place), Has.None.Null);
            Assert.That(await CompareAsync(place), Is.Empty);
        }
        await RunAsync("delete");
        Assert.That((File.Exists(At(Buffer)), File.Exists(raw)), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task What_nobody_knows_is_left_alone_whatever_it_is()
    {
        var archive = Archives["lakes"].Archive;
        var stranger = PackedFiles.KeyOf(Guid.CreateVersion7());
        (DiscrepancyKind Kind, string Key)[] wanted =
        [
            (DiscrepancyKind.Foreign, "a letter.txt"), (DiscrepancyKind.Foreign, $"{PackedFiles.KeyOf(package)}.bak"),
            (DiscrepancyKind.NotInCatalogue, stranger),
        ];
        foreach (var (_, key) in wanted)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(archive.Path!, key))!);
            await File.WriteAllTextAsync(Path.Combine(archive.Path!, key), "something");
        }
        Assert.That(await CompareAsync(archive), Is.EquivalentTo(wanted));
        Assert.That(await RepairAsync(archive), Has.All.Null);
        Assert.That(wanted.All(w => File.Exists(Path.Combine(archive.Path!, w.Key))));
    }

    [Test]
    public async Task At_a_telescope_what_nobody_has_registered_and_what_has_changed_is_told()
    {
        await File.WriteAllTextAsync(Path.Combine(Raw.Path!, "2026/unknown.fits"), "what is this");
        await File.WriteAllTextAsync(Path.Combine(Raw.Path!, "notes.txt"), "longer remarks");
        Assert.That(await CompareAsync(Raw),
            Is.EquivalentTo(new[] { (DiscrepancyKind.NotRegistered, "2026/unknown.fits"), (DiscrepancyKind.OtherSize, "notes.txt") }));
    }

    [Test]
    public async Task A_staged_tree_that_is_gone_is_noted_as_gone_once_nobody_needs_it()
    {
        var scratch = await LocationAsync("scratch", LocationType.Processing, Sites["valley"]);
        var job = await SubmitAsync(new CreateStagingJob([package], scratch.Id) { RequestedBy = "observer" });
        await RunAsync("valley", "stage");
        Assert.That(await CompareAsync(scratch), Is.Empty);
        Directory.Delete(Path.Combine(scratch.Path!, StagedTree.FolderOf(package)), recursive: true);
        Assert.That(await CompareAsync(scratch), Is.EqualTo(new[] { (DiscrepancyKind.Missing, StagedTree.ManifestOf(package)) }));
        Assert.That(await RepairAsync(scratch), Is.EqualTo(new string?[] { null }), "somebody works on it");
        await SubmitAsync(new ReleaseStagingJob { Id = job.Id });
        Assert.That(await RepairAsync(scratch), Is.EqualTo(new[] { "it was noted that it is gone" }));
        await RunAsync("valley", "delete");
        Assert.That((await ReadAsync<PhysicalCopy>(PhysicalCopy.IdOf(package, scratch.Id))).Status, Is.EqualTo(CopyStatus.Deleted));
    }

    private async Task<List<(DiscrepancyKind, string)>> CompareAsync(DataLocation place)
    {
        await using var scope = Services.CreateAsyncScope();
        var reconciler = scope.ServiceProvider.GetRequiredService<Reconciler>();
        return await reconciler.CompareAsync(place, CancellationToken.None).Select(d => (d.Kind, d.Key)).ToListAsync();
    }

    /// <returns>Of each difference what was done.</returns>
    private async Task<List<string?>> RepairAsync(DataLocation place)
    {
        await using var scope = Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<Reconciler>().RepairAsync(place, CancellationToken.None).Select(d => d.Repaired).ToListAsync();
    }

    private string At(DataLocation place) => Path.Combine(place.Path!, PackedFiles.KeyOf(package));
}
