using OpsDb.Kernel;

namespace OpsDb.Catalogue;

/// <summary>Writes what the database has in the form of the files that are loaded: to load it again changes nothing.</summary>
public sealed class CatalogueWriter
{
    private readonly IReadOnlyList<CatalogueFile> files;
    private readonly IReadTogether reader;

    /// <param name="files">In the order in which they refer to each other.</param>
    internal CatalogueWriter(IEnumerable<CatalogueFile> files, IReadTogether reader) => (this.files, this.reader) = ([.. files], reader);

    /// <returns>One for each of <see cref="CatalogueLayouts.All"/>, all of one moment.</returns>
    public async Task<IReadOnlyList<TextTable>> WriteAsync(CancellationToken ct)
    {
        var wanted = files.Select(f => f.Rows()).ToList();
        await reader.ReadAsync(wanted, ct);
        var loading = new Loading();
        return [.. files.Zip(wanted, (file, rows) => file.Write(rows, loading))];
    }
}
