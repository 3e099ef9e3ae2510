using System.Globalization;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// Reads one repeatable snapshot of the site's database and folds over it what the log holds beyond the snapshot's
/// watermark. Filters, order, paging and counts are those of the merged set.
/// </summary>
internal sealed class MergedReader(View view, Overlay overlay, HeldTransactions held) : IMergedReader
{
    /// <summary>More can only be needed by a database that goes back while it is read.</summary>
    private const int Attempts = 4;

    public async Task<T?> FindAsync<T>(string select, object key, CancellationToken ct) where T : Row, IRow<T>
    {
        view.SawRow(T.Table.Guard(Table.KeyText(key)));
        return await WithCaptureAsync(async (capture, holds) =>
        {
            await using var session = await view.OpenAsync(ct);
            var parameters = new Dapper.DynamicParameters(view.SnapshotParameters(capture));
            parameters.Add("key", key);
            var (snapshot, row) = await session.QueryManyAsync($"{Snapshot.Sql} {select} where id = @key", parameters,
                async grid => (await grid.ReadSingleAsync<Snapshot>(), await grid.ReadSingleOrDefaultAsync<T>()), ct);
            var merged = capture is null ? row : (T?)capture.State.Fold(T.Table, Table.KeyText(key), holds.Fold(T.Table, Table.KeyText(key), row), snapshot.Position, capture);
            return (snapshot, merged is null ? null : WithSync(merged));
        }, ct);
    }

    public Task<Page<T>> ListAsync<T>(string select, ListQuery<T> query, CancellationToken ct) where T : Row, IRow<T> => WithCaptureAsync(async (capture, holds) =>
    {
        await using var session = await view.OpenAsync(ct);
        await session.BeginSnapshotAsync(ct);
        var snapshot = (await session.FindAsync<Snapshot>(Snapshot.Sql, view.SnapshotParameters(capture), ct))!;
        var touched = capture?.State.Touched(T.Table, snapshot.Position, capture.Position).ToDictionary(t => t.Key, t => t.InSnapshot) ?? [];
        foreach (var key in capture is null ? [] : holds.Touched(T.Table))
            touched[key] = true;
        var keys = touched.Where(t => t.Value).Select(t => Key<T>(t.Key)).ToList();

        var (pageSql, pageParameters) = ListSql.Page(select, query, keys);
        var rows = await session.QueryAsync<T>(pageSql, pageParameters, ct);
        var bases = new Dictionary<string, T>();
        if (keys.Count > 0)
        {
            var (baseSql, baseParameters) = ListSql.ByKeys<T>(select, keys);
            bases = (await session.QueryAsync<T>(baseSql, baseParameters, ct)).ToDictionary(r => Table.KeyText(r.Key));
        }
        var pending = touched
            .Select(t => (T?)capture!.State.Fold(T.Table, t.Key, holds.Fold(T.Table, t.Key, bases.GetValueOrDefault(t.Key)), snapshot.Position, capture))
            .OfType<T>().Where(query.Matches).ToList();

        long? total = null;
        if (query.Count)
        {
            var (countSql, countParameters) = ListSql.Count(query, keys);
            total = await session.FindAsync<long>(countSql, countParameters, ct) + pending.Count;
        }
        var merged = pending.Count == 0 ? rows : rows.Concat(pending.Where(query.IsAfterCursor)).Order(Comparer<T>.Create(query.Compare)).ToList();
        var items = merged.Take(query.Limit).Select(WithSync).ToList();
        return (snapshot, new Page<T>(items, merged.Count > query.Limit ? query.CursorAfter(items[^1]) : null, total));
    }, ct);

    /// <summary>Repeats a read whose snapshot lies below what the overlay still holds; if that goes on, the missing entries are read from the log again.</summary>
    private async Task<T> WithCaptureAsync<T>(Func<Capture?, Holds, Task<(Snapshot, T)>> read, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            ct.ThrowIfCancellationRequested();
            var capture = await view.CaptureAsync();
            var holds = held.Latest;
            var (snapshot, result) = await read(capture, holds);
            if (capture is not null && snapshot.Holds != holds.Name)
            {
                await using var session = await view.OpenAsync(ct);
                await held.LoadAsync(session, view.SnapshotParameters(capture), ct);
                attempt--;
                continue;
            }
            if (capture is null || snapshot.Position >= capture.State.Floor)
            {
                view.Saw(snapshot);
                return result;
            }
            if (attempt == Attempts)
                throw new DomainException(Problems.LocalUnreachable, "The site's database is further back than the pending changes known here.") { RetryAfter = TimeSpan.FromSeconds(1) };
            if (attempt > 1)
                await overlay.RewindAsync(capture.Epoch, snapshot);
            view.ForgetCapture();
        }
    }

    private T WithSync<T>(T row) where T : Row => row.Sync is null ? row with { Sync = view.InDatabase(row) } : row;

    private static object Key<T>(string text) where T : Row, IRow<T> =>
        T.Table.Columns.First(c => c.Name == "id").Type == typeof(Guid) ? Guid.Parse(text) : int.Parse(text, CultureInfo.InvariantCulture);
}
