using OpsDb.Kernel;

namespace OpsDb.RawData;

/// <summary>What an instrument asks before it registers: which of these contents and places are known.</summary>
public sealed record KnownFilesQuery
{
    /// <summary>Of contents, lower-case hexadecimal digits.</summary>
    public IReadOnlyList<byte[]> Checksums { get; init; } = [];

    /// <summary>Places in locations.</summary>
    public IReadOnlyList<FilePlace> Paths { get; init; } = [];
}

/// <summary>Where a file is or would be.</summary>
/// <param name="SourceLocationId">Where it was written.</param>
/// <param name="RelativePath">Below the location.</param>
public sealed record FilePlace(int SourceLocationId, string RelativePath);

/// <summary>The files that are known among those that were asked for; what is not in it is not known.</summary>
public sealed record KnownFiles(IReadOnlyList<KnownFile> Items);

/// <summary>A file that is registered.</summary>
/// <param name="Id">Of the file.</param>
/// <param name="SourceLocationId">Where it was written.</param>
/// <param name="RelativePath">Below the location.</param>
/// <param name="Checksum">Of its content.</param>
/// <param name="ExecutedObsUnitId">The execution that it is from.</param>
/// <param name="RawDataPackageId">The package that it is in, if it is in one.</param>
/// <param name="Sync">Where its newest change is on its way.</param>
public sealed record KnownFile(
    Guid Id, int SourceLocationId, string RelativePath, byte[] Checksum, Guid ExecutedObsUnitId, Guid? RawDataPackageId, Sync? Sync);

/// <summary>Looks files up by what they contain and where they are.</summary>
public sealed class KnownFilesReader(IReader<RawDataFile, Guid> files)
{
    private const int MaxAsked = 10_000;

    /// <exception cref="RefusalException">invalid-fields.</exception>
    public async Task<KnownFiles> FindAsync(KnownFilesQuery query, CancellationToken ct)
    {
        var asked = query.Checksums.Count + query.Paths.Count;
        if (asked is 0 or > MaxAsked)
        {
            throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]>
            {
                [query.Paths.Count > query.Checksums.Count ? "paths" : "checksums"] =
                    [$"1 to {MaxAsked} checksums and paths are asked for at once, not {asked}"],
            });
        }
        var found = new Dictionary<Guid, RawDataFile>();
        if (query.Checksums.Count > 0)
            Add(await AllAsync(q => q.WhereOneOf("checksum", [.. query.Checksums]), ct));
        foreach (var location in query.Paths.GroupBy(p => p.SourceLocationId))
        {
            Add(await AllAsync(q => q.Where("source_location_id", location.Key)
                .WhereOneOf("relative_path", [.. location.Select(p => p.RelativePath).Distinct()]), ct));
        }
        return new([.. found.Values.OrderBy(f => f.Id).Select(f =>
            new KnownFile(f.Id, f.SourceLocationId, f.RelativePath, f.Checksum, f.ExecutedObsUnitId, f.RawDataPackageId, f.Sync))]);

        void Add(IReadOnlyList<RawDataFile> rows)
        {
            foreach (var row in rows)
                found[row.Id] = row;
        }
    }

    private async Task<IReadOnlyList<RawDataFile>> AllAsync(Func<ListQuery<RawDataFile>, ListQuery<RawDataFile>> narrow, CancellationToken ct) =>
        (await files.ListAsync(narrow(ListQuery<RawDataFile>.Everything), ct)).Items;
}
