using System.Runtime.CompilerServices;
using OpsDb.Copies;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.RawData;
using OpsDb.Stores;

namespace OpsDb.DataFlow;

/// <summary>What is compared.</summary>
/// <param name="Age">Younger things are left alone: their records may be under way.</param>
public sealed record ReconcileOptions(TimeSpan Age)
{
    public static ReconcileOptions Read(Settings settings) => new(settings.Seconds("RECONCILE_AGE", 3600, 0, 604_800,
        "what is younger is not compared with the catalogue: its records may be under way"));
}

/// <summary>
/// Compares the catalogue with what is at a location. Both are read in the order of their names, page by page, so that a location with any number of files
/// takes the same memory.
/// </summary>
public sealed class Reconciler(
    IReader<RawDataFile, Guid> files, IReader<PhysicalCopy, Guid> copies, Expectations expectations, StoreKinds stores, ICommands commands,
    ReconcileOptions options, TimeProvider time)
{
    private const int PageSize = 500;

    /// <summary>What the checksum of a file that is not there is told as: that of nothing, which no packed file has.</summary>
    internal static readonly byte[] Gone = System.Security.Cryptography.SHA256.HashData([]);

    /// <exception cref="StoreAwayException">The location is away: nothing can be told of it.</exception>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public IAsyncEnumerable<Discrepancy> CompareAsync(DataLocation location, CancellationToken ct) => location.LocationType == LocationType.Source
        ? CompareSourceAsync(location, stores.Open(location), ct)
        : CompareObjectsAsync(location, stores.Open(location), ct);

    /// <summary>The same, and what can be made right without a person is.</summary>
    public async IAsyncEnumerable<Discrepancy> RepairAsync(DataLocation location, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var found in CompareAsync(location, ct))
        {
            if (found.Repair is null)
            {
                yield return found;
                continue;
            }
            string? done = null, failure = null;
            try
            {
                done = await found.Repair(ct);
            }
            catch (Exception e) when (e is RefusalException or StoreException)
            {
                failure = e.Message;
            }
            yield return done is null ? found with { Proposal = $"{found.Proposal}; that failed: {failure}" } : found with { Repaired = done };
        }
    }

    /// <summary>Where packages are: what should be there, beside what is.</summary>
    private async IAsyncEnumerable<Discrepancy> CompareObjectsAsync(DataLocation location, IStore store, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var expected = expectations.OfAsync(location, ct).GetAsyncEnumerator(ct);
        await using var found = store.ListAsync("", ct).Where(i => location.LocationType != LocationType.Processing || Expectations.IsMark(i.Key))
            .GetAsyncEnumerator(ct);
        var (some, more) = (await expected.MoveNextAsync(), await found.MoveNextAsync());
        while (some || more)
        {
            var order = !some ? 1 : !more ? -1 : string.CompareOrdinal(expected.Current.Key, found.Current.Key);
            if (order <= 0 && Of(location, store, expected.Current, order == 0 ? found.Current : null) is { } wrong)
                yield return wrong;
            if (order > 0 && IsOld(found.Current.WrittenAt))
                yield return Unexpected(location, found.Current);
            if (order <= 0)
                some = await expected.MoveNextAsync();
            if (order >= 0)
                more = await found.MoveNextAsync();
        }
    }

    private Discrepancy? Of(DataLocation location, IStore store, Expectation expected, StoredItem? item) => (expected.Copy, item) switch
    {
        ({ Status: CopyStatus.Present or CopyStatus.Staged } copy, null) when IsOld(copy.Since) && !copy.IsWrong() => expected.Write is { } write
            ? new(DiscrepancyKind.NoDescription, location.Name, expected.Key, $"the copy {copy.Id} is {EnumText.Of(copy.Status)}", "write it again")
            {
                Repair = async token =>
                {
                    await write(store, token);
                    return "it was written";
                },
            }
            : Missing(location, expected.Key, copy),
        (null, { } there) when !expected.IsDerived && IsOld(there.WrittenAt) => new(DiscrepancyKind.NotNoted, location.Name, expected.Key,
            $"{Told(there)}; no copy is noted", "read it, and note it when it is right")
        {
            Repair = token => NoteAsync(location, store, expected, token),
        },
        ({ Status: CopyStatus.Deleted } copy, { } there) when !expected.IsDerived && IsOld(there.WrittenAt) && IsOld(copy.Since) => new(
            DiscrepancyKind.NotDeleted, location.Name, expected.Key, $"{Told(there)}; the copy {copy.Id} was deleted at {Instant.Format(copy.Since)}",
            "read it, and note it when it is right; it is deleted again when it may be")
        {
            Repair = token => NoteAsync(location, store, expected, token),
        },
        _ => null,
    };

    private Discrepancy Missing(DataLocation location, string key, PhysicalCopy copy) => new(DiscrepancyKind.Missing, location.Name, key,
        $"the copy {copy.Id} is {EnumText.Of(copy.Status)} since {Instant.Format(copy.Since)}"
            + (copy.VerifiedAt is { } at ? $", last verified at {Instant.Format(at)}" : ", never verified"),
        copy.Status == CopyStatus.Staged ? "note that it is gone; ask for it again when it is needed" : "note that it is gone; repair copies it from elsewhere")
    {
        Repair = async token =>
        {
            if (copy.Status == CopyStatus.Staged)
                await SubmitAsync(new MoveCopy(CopyStatus.DeletionScheduled) { Id = copy.Id, Reason = "it is gone" }, token);
            else
                await SubmitAsync(new VerifyCopy(Gone) { Id = copy.Id }, token);
            return "it was noted that it is gone";
        },
    };

    private static Discrepancy Unexpected(DataLocation location, StoredItem item) => Expectations.IsOurs(item.Key)
        ? new(DiscrepancyKind.NotInCatalogue, location.Name, item.Key, $"{Told(item)}; the catalogue does not know its object",
            "look into which catalogue it belongs to; when this one was lost: opsdb-jobs rebuild")
        : new(DiscrepancyKind.Foreign, location.Name, item.Key, Told(item), "look who has put it there; OpsDb leaves it alone");

    private async Task<string> NoteAsync(DataLocation location, IStore store, Expectation expected, CancellationToken ct)
    {
        var sum = await store.ChecksumAsync(expected.Key, ct);
        if (!sum.AsSpan().SequenceEqual(expected.Checksum))
        {
            throw expected.Checksum is null
                ? new StoreException("the catalogue has no checksum of it yet")
                : StoreException.Other(expected.Key, sum, expected.Checksum);
        }
        await SubmitAsync(expected.IsBundle
            ? new NoteCopy(location.Id) { DataTransferPackageId = expected.Id, Checksum = sum }
            : new NoteCopy(location.Id) { RawDataPackageId = expected.Id, Checksum = sum }, ct);
        return "it was read, is right, and is noted";
    }

    /// <summary>Where instruments write: each file that is there, with what is registered. Of one that is gone before it was packed packing tells.</summary>
    private async IAsyncEnumerable<Discrepancy> CompareSourceAsync(DataLocation location, IStore store, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var page in store.ListAsync("", ct).Where(i => IsOld(i.WrittenAt)).Chunk(PageSize))
        {
            var known = (await files.ListAsync(ListQuery<RawDataFile>.Everything.Where("source_location_id", location.Id)
                .WhereOneOf("relative_path", [.. page.Select(i => i.Key)]), ct)).Items.ToDictionary(f => f.RelativePath);
            var noted = await copies.FindManyAsync([.. known.Values.Select(f => PhysicalCopy.IdOf(f.Id, location.Id))], ct);
            foreach (var item in page)
            {
                if (known.GetValueOrDefault(item.Key) is not { } file)
                {
                    yield return new(DiscrepancyKind.NotRegistered, location.Name, item.Key, Told(item), "register it, or delete it: nobody else will");
                }
                else if (item.SizeBytes != file.SizeBytes)
                {
                    yield return new(DiscrepancyKind.OtherSize, location.Name, item.Key, $"{Told(item)}; {file.SizeBytes} bytes were registered as {file.Id}",
                        "look what the instrument has done; it cannot be packed so");
                }
                else if (noted.GetValueOrDefault(PhysicalCopy.IdOf(file.Id, location.Id)) is { Status: CopyStatus.Deleted } copy && IsOld(copy.Since))
                {
                    yield return new(DiscrepancyKind.NotDeleted, location.Name, item.Key,
                        $"{Told(item)}; the copy {copy.Id} was deleted at {Instant.Format(copy.Since)}", "note it; it is deleted again when it may be")
                    {
                        Repair = async token =>
                        {
                            await SubmitAsync(new NoteCopy(location.Id) { RawDataFileId = file.Id }, token);
                            return "it is noted";
                        },
                    };
                }
            }
        }
    }

    private bool IsOld(DateTimeOffset at) => at <= time.GetUtcNow() - options.Age;

    private static string Told(StoredItem item) => $"{item.SizeBytes} bytes, written at {Instant.Format(item.WrittenAt)}";

    private Task SubmitAsync<T>(ICommand<T> command, CancellationToken ct) => commands.SubmitAsync(command, new(Actor.Jobs), ct);
}
