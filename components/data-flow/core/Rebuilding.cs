using System.Runtime.CompilerServices;
using System.Text.Json;
using OpsDb.Copies;
using OpsDb.Executions;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;
using OpsDb.Stores;
using OpsDb.Transfers;

namespace OpsDb.DataFlow;

/// <summary>What became of a packed file from which the catalogue was to learn.</summary>
/// <param name="Key">Its name below the location.</param>
/// <param name="Problem">Why nothing, or not all, was learned from it; null when all was.</param>
public sealed record RebuiltPackage(string Key, string? Problem);

/// <summary>
/// Teaches a catalogue that has lost it what is at a location: each packed file says in its manifest of which execution, package and files it is. It is taught
/// by the same commands by which it was learned first, so that the same rules hold; what is known already stays, and what was interrupted goes on.
/// </summary>
public sealed class Rebuilder(
    IReader<Execution, Guid> executions, IReader<RawDataPackage, Guid> packages, IReader<PhysicalCopy, Guid> copies, IReader<ArchiveTransfer, Guid> transfers,
    IReader<DataLocation, int> locations, IReader<ObsCoreRecord, Guid> descriptions, StoreKinds stores, ICommands commands)
{
    /// <exception cref="StoreAwayException">The location is away.</exception>
    public async IAsyncEnumerable<RebuiltPackage> RebuildAsync(DataLocation location, [EnumeratorCancellation] CancellationToken ct)
    {
        var store = stores.Open(location);
        await foreach (var item in store.ListAsync($"{PackedFiles.Folder}/", ct))
        {
            if (PackedFiles.PackageOf(item.Key) is not { } id
                || await copies.FindAsync(PhysicalCopy.IdOf(id, location.Id), ct) is { VerifiedAt: not null } && await IsKnownAsync(id, location, ct))
                continue;
            string? problem = null;
            try
            {
                await LearnAsync(id, location, store, ct);
            }
            catch (Exception e) when (e is StoreException or RefusalException or JsonException or InvalidDataException)
            {
                problem = e.Message;
            }
            yield return new(item.Key, problem);
        }
    }

    private async Task<bool> IsKnownAsync(Guid id, DataLocation location, CancellationToken ct) => await packages.FindAsync(id, ct) is { } package
        && (location.LocationType != LocationType.LongTermArchive || package.State == Whereabouts.Archived);

    private async Task LearnAsync(Guid id, DataLocation location, IStore store, CancellationToken ct)
    {
        var (manifest, sum) = await ReadAsync(id, store, ct);
        var sidecar = await SidecarAsync(id, store, ct);
        var told = sidecar?.Package ?? manifest.Package;
        if (manifest.Package.Id != id || sidecar?.Package.Checksum is { } wanted && !wanted.AsSpan().SequenceEqual(sum))
            throw new StoreException($"{PackedFiles.KeyOf(id)} is not what its manifest, or the description beside it, tells");
        // What stands beside it was written later, when the execution had ended.
        var execution = sidecar?.Execution ?? manifest.Execution;
        if (await executions.FindAsync(execution.Id, ct) is null)
            await SubmitAsync(new RestoreExecution(execution), ct);
        await RegisterAsync(manifest, told, ct);
        await BuiltAsync(id, sum, ct);
        await SubmitAsync(new NoteCopy(location.Id) { RawDataPackageId = id, Checksum = sum }, ct);
        if (location.LocationType == LocationType.LongTermArchive)
            await ArchivedAsync(id, location, ct);
        if (sidecar?.Obscore is { } described && await descriptions.FindAsync(id, ct) is null)
            await SubmitAsync(Described(described), ct);
    }

    private async Task RegisterAsync(PackageManifest manifest, RawDataPackage told, CancellationToken ct)
    {
        if (await packages.FindAsync(told.Id, ct) is { FinalizedAt: not null })
            return;
        foreach (var source in manifest.Files.GroupBy(f => f.SourceLocationId))
        {
            await SubmitAsync(new RegisterData(told.InstrumentModuleId, source.Key, [.. source.Select(f => new DataFile(f.RelativePath, f.SizeBytes, f.Checksum)
            {
                ChecksumAlgorithm = f.ChecksumAlgorithm,
                FileType = f.FileType,
                RecordedAt = f.RecordedAt,
            })])
            {
                ExecutionId = told.ExecutedObsUnitId,
                Package = new() { PartNumber = told.PartNumber, Metadata = told.Metadata },
            }, ct);
        }
        await SubmitAsync(new FinalizePackage { Id = told.Id, FileCount = manifest.Files.Count }, ct);
    }

    private async Task BuiltAsync(Guid id, byte[] sum, CancellationToken ct)
    {
        var package = await packages.GetAsync(id, ct);
        if (package.BuildStatus == WorkStatus.Completed)
            return;
        foreach (var status in ((WorkStatus[])[WorkStatus.Scheduled, WorkStatus.InProgress]).Where(s => s > package.BuildStatus))
            await SubmitAsync(new MovePackage { Id = id, BuildStatus = status, NextStep = "learned from its packed file" }, ct);
        await SubmitAsync(new MovePackage { Id = id, BuildStatus = WorkStatus.Completed, Checksum = sum, NextStep = "transfer" }, ct);
    }

    private async Task ArchivedAsync(Guid id, DataLocation archive, CancellationToken ct)
    {
        var known = (await transfers.ListAsync(ListQuery<ArchiveTransfer>.Everything.Where("raw_data_package_id", id)
            .Where("destination_location_id", archive.Id), ct)).Items;
        var transfer = known.Count > 0 ? known[0] : await SubmitAsync(new CreateArchiveTransfer(id, await FromAsync(archive, ct), archive.Id), ct);
        foreach (var status in ((WorkStatus[])[WorkStatus.Scheduled, WorkStatus.InProgress, WorkStatus.Completed]).Where(s => s > transfer.Status))
            await SubmitAsync(new MoveArchiveTransfer(status) { Id = transfer.Id }, ct);
    }

    /// <summary>From where it may have come: a buffer of the site, or else of any.</summary>
    private async Task<int> FromAsync(DataLocation archive, CancellationToken ct) => (await locations.AllAsync(ct))
        .Where(l => l.LocationType == LocationType.Buffer).OrderBy(l => (l.SiteId == archive.SiteId ? 0 : 1, l.Priority, l.Id)).FirstOrDefault()?.Id
        ?? throw new StoreException("the catalogue has no buffer from which the archive could have been filled");

    private static async Task<(PackageManifest Manifest, byte[] Sum)> ReadAsync(Guid id, IStore store, CancellationToken ct)
    {
        await using var packed = await store.ReadAsync(PackedFiles.KeyOf(id), ct);
        await using var content = new HashingStream(packed);
        var text = await PackageTar.ReadAsync(content, PackedFiles.KeyOf(id), (_, file, token) => file.CopyToAsync(Stream.Null, token), ct);
        // What follows the last file is a part of what the checksum is of.
        await content.CopyToAsync(Stream.Null, ct);
        return (PackageManifest.Of(text), content.Finish());
    }

    private static async Task<ArchiveSidecar?> SidecarAsync(Guid id, IStore store, CancellationToken ct)
    {
        if (await store.FindAsync(Sidecars.KeyOf(id), ct) is null)
            return null;
        await using var text = await store.ReadAsync(Sidecars.KeyOf(id), ct);
        return await JsonSerializer.DeserializeAsync<ArchiveSidecar>(text, Json.Options, ct);
    }

    /// <summary>The same as somebody would tell it.</summary>
    private static DescribePackage Described(ObsCoreRecord record)
    {
        var told = Json.ToElement(new DescribePackage()).EnumerateObject().Select(f => f.Name).ToHashSet();
        var fields = Json.ToElement(record).EnumerateObject().Where(f => told.Contains(f.Name)).ToDictionary(f => f.Name, f => f.Value);
        return Json.ToElement(fields).Deserialize<DescribePackage>(Json.Options)! with { Id = record.Id };
    }

    private async Task<T> SubmitAsync<T>(ICommand<T> command, CancellationToken ct) => (await commands.SubmitAsync(command, new(Actor.Jobs), ct)).Result;
}

/// <summary>An execution is known again, as a packed file of its data tells of it.</summary>
[Kind("executions.restore")]
public sealed record RestoreExecution(Execution Execution) : ICommand<Execution>
{
    internal sealed class Handler : ICommandHandler<RestoreExecution, Execution>
    {
        public Task<Decision<Execution>> Decide(RestoreExecution command, CancellationToken ct) =>
            Task.FromResult(Decision.Create(command.Execution with { Version = 0, TransactionId = default, Sync = null }));
    }
}
