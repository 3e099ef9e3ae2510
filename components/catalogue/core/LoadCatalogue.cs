using OpsDb.Kernel;

namespace OpsDb.Catalogue;

/// <summary>
/// Makes the database agree with the files of a catalogue: rows that it does not have are created, rows that differ are
/// updated, and nothing is ever deleted. All files or none: every row is checked before anything is decided.
/// </summary>
/// <param name="Tables">The files as they were read, of the layouts <see cref="CatalogueLayouts.All"/>.</param>
[Kind("catalogue.load")]
public sealed record LoadCatalogue(IReadOnlyList<TextTable> Tables) : ICommand<CatalogueLoaded>
{
    /// <param name="files">In the order in which they refer to each other.</param>
    internal sealed class Handler(IEnumerable<CatalogueFile> files, IIdentities identities) : ICommandHandler<LoadCatalogue, CatalogueLoaded>
    {
        public async Task<Decision<CatalogueLoaded>> Decide(LoadCatalogue command, CancellationToken ct)
        {
            var loading = new Loading();
            var ready = new List<CheckedFile>();
            foreach (var file in files)
                ready.Add(await file.CheckAsync(command.Tables.FirstOrDefault(t => t.File == file.Layout.File), loading, ct));
            loading.RequireNoMistakes();
            foreach (var file in ready)
                await file.CheckFitAsync(loading, ct);
            loading.RequireNoMistakes();

            var changes = new Changes();
            var counts = new Dictionary<string, LoadCounts>();
            foreach (var file in ready.Where(f => f.IsThere))
                counts[file.Table.Name] = await file.DecideAsync(changes, identities, ct);
            return new(changes, _ => new(counts));
        }
    }
}
