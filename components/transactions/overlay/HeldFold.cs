using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>The failed and parked transactions of this site as a fold over its database, in which they are missing.</summary>
/// <param name="name">Names the content; the database that was read names its own in <see cref="DatabaseSnapshot.Holds"/>.</param>
internal sealed class HeldFold(Guid? name, IReadOnlyDictionary<string, Table> tables, IReadOnlyList<HeldTransaction> held)
{
    private readonly Dictionary<Guid, Sync> syncs = held.ToDictionary(h => h.Id,
        h => new Sync(h.Failed ? SyncState.Failed : SyncState.Parked, h.Id, h.Position));
    private readonly OverlayCut all = Chain(tables, held);

    public Guid? Name { get; } = name;

    /// <summary>The row as they would have left it, marked; the row itself when none of them changes it.</summary>
    public Row? Fold(Table table, string key, Row? row)
    {
        var folded = all.State.Fold(table, key, row, 0, all);
        return folded is null || ReferenceEquals(folded, row) ? folded : folded with { Sync = syncs[folded.Sync!.Transaction] };
    }

    /// <summary>What each of them would have left of the row, oldest first, see <see cref="OverlayState.Successive"/>.</summary>
    public IEnumerable<(Pending By, StepOperation Operation, Row? Row, Sync Sync)> Successive(Table table, string key, Row? row) =>
        all.State.Successive(table, key, row, 0, all).Select(v => (v.By, v.Operation, v.Row, syncs[v.By.Id]));

    /// <summary>The keys of the rows that they change.</summary>
    public IEnumerable<string> Touched(Table table) => all.State.Touched(table, 0, all.Position).Select(t => t.Key ?? Table.KeyText(t.Created!.Key));

    private static OverlayCut Chain(IReadOnlyDictionary<string, Table> tables, IReadOnlyList<HeldTransaction> held)
    {
        // Places of their own: they may come from several epochs.
        var state = new OverlayState(Guid.Empty, 0, tables);
        for (var i = 0; i < held.Count; i++)
            state.Append(held[i].Transaction with { Position = new(Guid.Empty, i + 1) });
        return new(state, held.Count, null, 0, null);
    }
}

/// <summary>Keeps the fold of what is held; it is made anew when the site's database names another content.</summary>
internal sealed class HeldTransactionsCache(Site site, IEnumerable<Table> tables)
{
    private readonly Dictionary<string, Table> tables = tables.ToDictionary(t => t.Name);
    private volatile HeldFold? latest;

    public HeldFold Latest => latest ?? (latest = new(null, tables, []));

    /// <summary>Reads what is held from the database that a reader saw.</summary>
    public async Task<HeldFold> LoadAsync(DbSession session, object snapshotParameters, CancellationToken ct)
    {
        var parameters = new Dapper.DynamicParameters(snapshotParameters);
        parameters.Add("holder", site.Name);
        var (name, held) = await session.QueryManyAsync($"{DatabaseSnapshot.Sql} {HeldTransaction.Sql} where site = @holder order by number", parameters,
            async grid => ((await grid.ReadSingleAsync<DatabaseSnapshot>()).Holds, (await grid.ReadAsync<HeldTransaction>()).ToList()), ct);
        return latest = new(name, tables, held);
    }
}
