using System.Text.Json;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>A row of <c>held_transaction</c>: a transaction that the main database refused, or one that waits behind it.</summary>
internal sealed record Held
{
    public const string Sql = "select id, number, site, epoch, position, kind, state, entry, code, constraint_name, reason, conflicts, held_at from held_transaction";

    public Guid Id { get; init; }
    public long Number { get; init; }
    public string Site { get; init; } = "";
    public Guid Epoch { get; init; }
    public long Position { get; init; }
    public string Kind { get; init; } = "";
    public string State { get; init; } = "";
    public string Entry { get; init; } = "";
    public string? Code { get; init; }
    public string? ConstraintName { get; init; }
    public string? Reason { get; init; }
    public string? Conflicts { get; init; }
    public DateTimeOffset HeldAt { get; init; }

    public bool Failed => State == "failed";

    public Transaction Transaction => JsonSerializer.Deserialize<Transaction>(Entry, Json.Options)! with { Position = new(Epoch, Position) };

    public Refusal? Refusal => Reason is null ? null : new(Code!, ConstraintName, Reason, JsonSerializer.Deserialize<IReadOnlyList<Conflict>>(Conflicts ?? "[]", Json.Options)!);
}

/// <summary>The failed and parked transactions of this site as a fold over its database, in which they are missing.</summary>
/// <param name="name">Names the content; the database that was read names its own in <see cref="Snapshot.Holds"/>.</param>
internal sealed class Holds(Guid? name, IReadOnlyDictionary<string, Table> tables, IReadOnlyList<Held> held)
{
    private readonly Dictionary<Guid, Sync> syncs = held.ToDictionary(h => h.Id, h => new Sync(h.Failed ? SyncState.Failed : SyncState.Parked, h.Id, h.Position));
    private readonly Capture all = Chain(tables, held);

    public Guid? Name { get; } = name;

    /// <summary>The row as they would have left it, marked; the row itself when none of them changes it.</summary>
    public Row? Fold(Table table, string key, Row? row)
    {
        var folded = all.State.Fold(table, key, row, 0, all);
        return folded is null || ReferenceEquals(folded, row) ? folded : folded with { Sync = syncs[folded.Sync!.Transaction] };
    }

    /// <summary>The keys of the rows that they change.</summary>
    public IEnumerable<string> Touched(Table table) => all.State.Touched(table, 0, all.Position).Select(t => t.Key ?? Table.KeyText(t.Created!.Key));

    private static Capture Chain(IReadOnlyDictionary<string, Table> tables, IReadOnlyList<Held> held)
    {
        // Places of their own: they may come from several epochs.
        var state = new OverlayState(Guid.Empty, 0, tables);
        for (var i = 0; i < held.Count; i++)
            state.Append(held[i].Transaction with { Position = new(Guid.Empty, i + 1) });
        return new(state, held.Count, null, 0, null);
    }
}

/// <summary>Keeps the fold of what is held; it is made anew when the site's database names another content.</summary>
internal sealed class HeldTransactions(Site site, IEnumerable<Table> tables)
{
    private readonly Dictionary<string, Table> tables = tables.ToDictionary(t => t.Name);
    private volatile Holds? latest;

    public Holds Latest => latest ?? (latest = new(null, tables, []));

    /// <summary>Reads what is held from the database that a reader saw.</summary>
    public async Task<Holds> LoadAsync(DbSession session, object snapshotParameters, CancellationToken ct)
    {
        var parameters = new Dapper.DynamicParameters(snapshotParameters);
        parameters.Add("holder", site.Name);
        var (name, held) = await session.QueryManyAsync($"{Snapshot.Sql} {Held.Sql} where site = @holder order by number", parameters,
            async grid => ((await grid.ReadSingleAsync<Snapshot>()).Holds, (await grid.ReadAsync<Held>()).ToList()), ct);
        return latest = new(name, tables, held);
    }
}
