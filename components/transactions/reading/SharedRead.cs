using Dapper;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>What one snapshot of the site's database says of a row and of an idempotency key.</summary>
internal sealed record Found<T>(DatabaseSnapshot DatabaseSnapshot, T? Row, AppliedTransaction? Answer);

/// <summary>
/// Reads rows for decisions. Those that are asked for while a reading is under way share the next one: one snapshot and one
/// round trip for all of them, taken after the last of them came.
/// </summary>
internal sealed class SharedRead<T> where T : Row, IRow<T>
{
    /// <summary>Rows by their keys never take that long; whoever waits for this reading waits for the next one as well.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    private readonly Databases databases;
    private readonly Site site;
    private readonly Coalescer<Asked, Found<T>> coalescer;

    public SharedRead(Databases databases, Site site)
    {
        (this.databases, this.site) = (databases, site);
        coalescer = new(ReadAsync, (asked, next) => asked[0].Lineage.Epoch == next.Lineage.Epoch);
    }

    /// <exception cref="OutageException">local-database-unreachable.</exception>
    public Task<Found<T>> FindAsync(object key, Lineage lineage, IdempotencyLookup? lookup) => coalescer.AskAsync(new(key, lineage, lookup));

    private async Task<IReadOnlyList<Found<T>>> ReadAsync(IReadOnlyList<Asked> asked)
    {
        var lookups = asked.Select(a => a.Lookup).OfType<IdempotencyLookup>().ToList();
        var parameters = new DynamicParameters(asked[0].Lineage.Parameters(site));
        var (rowsSql, rowsParameters) = ListSql.ByKeys<T>([.. asked.Select(a => a.Key).Distinct()]);
        parameters.AddDynamicParams(rowsParameters);
        if (lookups.Count > 0)
            parameters.AddDynamicParams(new { actors = lookups.Select(q => q.Actor).ToArray(), used = lookups.Select(q => q.Key).ToArray() });
        await using var session = await databases.LocalByKeyAsync(CancellationToken.None);
        var (snapshot, rows, answers) = await session.QueryManyAsync($"{DatabaseSnapshot.Sql} {rowsSql};{(lookups.Count > 0 ? IdempotencyKeys.FindManyBufferedSql : "")}", parameters, async grid =>
        (
            await grid.ReadSingleAsync<DatabaseSnapshot>(),
            (await grid.ReadAsync<T>()).ToDictionary(r => r.Key),
            lookups.Count > 0 ? (await grid.ReadAsync<AppliedTransaction>()).ToDictionary(a => (a.Actor, a.IdempotencyKey)) : []
        ), CancellationToken.None, MaxWait);
        return [.. asked.Select(one => new Found<T>(snapshot, rows.GetValueOrDefault(one.Key), one.Lookup is { } q ? answers.GetValueOrDefault((q.Actor, (string?)q.Key)) : null))];
    }

    private sealed record Asked(object Key, Lineage Lineage, IdempotencyLookup? Lookup);
}
