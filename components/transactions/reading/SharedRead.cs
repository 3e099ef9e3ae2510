using System.Collections.Concurrent;
using Dapper;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>What one snapshot of the site's database says of a row and of an idempotency key.</summary>
internal sealed record Found<T>(DatabaseSnapshot Snapshot, T? Row, AppliedTransaction? Answer);

/// <summary>
/// Reads rows for decisions. Those that are asked for while a reading is under way share the next one: one snapshot and one
/// round trip for all of them, taken after the last of them came. What was found is kept for a moment: a first try may rest on
/// it, because what this site itself has accepted meanwhile is folded over it, and what others have changed on the main database
/// is as old in the replica. Nothing is concluded from a row that was not found.
/// </summary>
internal sealed class SharedRead<T> where T : Row, IRow<T>
{
    /// <summary>Rows by their keys never take that long; whoever waits for this reading waits for the next one as well.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    /// <summary>How long a row that was found may be rested on.</summary>
    private static readonly TimeSpan Recently = TimeSpan.FromSeconds(1);

    private const int MaxRecent = 10_000;

    private readonly Databases databases;
    private readonly Site site;
    private readonly TimeProvider time;
    private readonly Coalescer<Asked, Found<T>> coalescer;
    private readonly ConcurrentDictionary<object, (Found<T> Found, Guid Epoch, long At)> recent = new();

    public SharedRead(Databases databases, Site site, TimeProvider time)
    {
        (this.databases, this.site, this.time) = (databases, site, time);
        coalescer = new(ReadAsync, (asked, next) => asked[0].Lineage.Epoch == next.Lineage.Epoch);
    }

    /// <exception cref="OutageException">local-database-unreachable.</exception>
    public Task<Found<T>> FindAsync(object key, Lineage lineage, IdempotencyLookup? lookup) => coalescer.AskAsync(new(key, lineage, lookup));

    /// <summary>A row that was found a moment ago, where its snapshot goes with what would be folded over it.</summary>
    /// <returns>Null when it has to be read.</returns>
    public Found<T>? FindRecent(object key, OverlayCut? under, HeldFold holds) =>
        // Rows that critical commands change would be another one at the next call.
        T.Table.Change is not CriticalAttribute && under is { } cut && recent.TryGetValue(key, out var kept)
        && kept.Epoch == cut.Epoch && time.GetElapsedTime(kept.At) <= Recently && kept.Found.Snapshot is var snapshot
        && snapshot.Holds == holds.Name && cut.Fits(snapshot) && snapshot.Position >= cut.State.Floor
        // It may have been deleted since.
        && !WalPosition.Of(snapshot).IsBefore(cut.ResolvedFloor)
            ? kept.Found
            : null;

    private async Task<IReadOnlyList<Found<T>>> ReadAsync(IReadOnlyList<Asked> asked)
    {
        var lookups = asked.Select(a => a.Lookup).OfType<IdempotencyLookup>().ToList();
        var parameters = new DynamicParameters(asked[0].Lineage.Parameters(site));
        var (rowsSql, rowsParameters) = ListSql.ByKeys<T>([.. asked.Select(a => a.Key).Distinct()]);
        parameters.AddDynamicParams(rowsParameters);
        if (lookups.Count > 0)
            parameters.AddDynamicParams(new { actors = lookups.Select(q => q.Actor).ToArray(), used = lookups.Select(q => q.Key).ToArray() });
        // Before it is read: what is kept is no older than it says.
        var at = time.GetTimestamp();
        await using var session = await databases.LocalByKeyAsync(CancellationToken.None);
        var sql = $"{DatabaseSnapshot.Sql} {rowsSql};{(lookups.Count > 0 ? IdempotencyKeys.FindManyBufferedSql : "")}";
        var (snapshot, rows, answers) = await session.QueryManyAsync(sql, parameters, async grid =>
        (
            await grid.ReadSingleAsync<DatabaseSnapshot>(),
            (await grid.ReadAsync<T>()).ToDictionary(r => r.Key),
            lookups.Count > 0 ? (await grid.ReadAsync<AppliedTransaction>()).ToDictionary(a => (a.Actor, a.IdempotencyKey)) : []
        ), CancellationToken.None, MaxWait);
        if (recent.Count + rows.Count > MaxRecent)
            recent.Clear();
        foreach (var (key, row) in rows)
            recent[key] = (new(snapshot, row, null), asked[0].Lineage.Epoch, at);
        return [.. asked.Select(one => new Found<T>(snapshot, rows.GetValueOrDefault(one.Key),
            one.Lookup is { } q ? answers.GetValueOrDefault((q.Actor, (string?)q.Key)) : null))];
    }

    private sealed record Asked(object Key, Lineage Lineage, IdempotencyLookup? Lookup);
}
