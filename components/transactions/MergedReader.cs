using System.Globalization;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// Reads one repeatable snapshot of the site's database and folds over it what the log holds beyond the snapshot's
/// watermark. Filters, order, paging and counts are those of the merged set.
/// </summary>
internal sealed class MergedReader(View view, Overlay overlay) : IMergedReader
{
    /// <summary>More can only be needed by a database that goes back while it is read.</summary>
    private const int Attempts = 4;

    public async Task<T?> FindAsync<T>(string select, object key, CancellationToken ct) where T : Row, IRow<T>
    {
        view.SawRow(T.Table.Guard(Table.KeyText(key)));
        var question = view.TakeQuestion();
        return await WithCaptureAsync(async capture =>
        {
            await using var session = await view.OpenAsync(ct);
            var parameters = new Dapper.DynamicParameters(view.SnapshotParameters(capture));
            parameters.Add("id", key);
            if (question is not null)
                parameters.AddDynamicParams(new { actor = question.Actor, key = question.Key });
            var (snapshot, row) = await session.QueryManyAsync($"{Snapshot.Sql} {select} where id = @id;{(question is null ? "" : Keys.FindBufferedSql)}", parameters, async grid =>
            {
                var read = (await grid.ReadSingleAsync<Snapshot>(), await grid.ReadSingleOrDefaultAsync<T>());
                question?.Is(await grid.ReadSingleOrDefaultAsync<Applied>());
                return read;
            }, ct);
            var merged = capture is null ? row : (T?)capture.State.Fold(T.Table, Table.KeyText(key), row, snapshot.Position, capture);
            return (snapshot, merged is null ? null : WithSync(merged));
        }, ct);
    }

    public Task<Page<T>> ListAsync<T>(string select, ListQuery<T> query, CancellationToken ct) where T : Row, IRow<T> => WithCaptureAsync(async capture =>
    {
        await using var session = await view.OpenAsync(ct);
        await session.BeginSnapshotAsync(ct);
        var snapshot = (await session.FindAsync<Snapshot>(Snapshot.Sql, view.SnapshotParameters(capture), ct))!;
        var merge = new PageMerge<T>(query);
        var keys = new List<object>();
        foreach (var (key, created) in capture?.State.Touched(T.Table, snapshot.Position, capture.Position) ?? [])
        {
            if (created is T row)
                merge.Add(row);
            else
                keys.Add(Key<T>(key));
        }

        var (pageSql, pageParameters) = ListSql.Page(select, query, keys);
        var rows = await session.QueryAsync<T>(pageSql, pageParameters, ct);
        if (keys.Count > 0)
        {
            var (baseSql, baseParameters) = ListSql.ByKeys<T>(select, keys);
            var bases = (await session.QueryAsync<T>(baseSql, baseParameters, ct)).ToDictionary(r => r.Key);
            foreach (var key in keys)
            {
                if (capture!.State.FoldWithoutSync(T.Table, Table.KeyText(key), bases.GetValueOrDefault(key), snapshot.Position, capture) is T row)
                    merge.Add(row);
            }
        }

        long? total = null;
        if (query.Count)
        {
            var (countSql, countParameters) = ListSql.Count(query, keys);
            total = await session.FindAsync<long>(countSql, countParameters, ct) + merge.Matching;
        }
        var merged = merge.With(rows);
        var items = merged.Take(query.Limit)
            .Select(r => WithSync(capture is null ? r : (T)capture.State.WithSync(T.Table, Table.KeyText(r.Key), r, snapshot.Position, capture))).ToList();
        return (snapshot, new Page<T>(items, merged.Count > query.Limit ? query.CursorAfter(items[^1]) : null, total));
    }, ct);

    /// <summary>Repeats a read whose snapshot lies below what the overlay still holds; if that goes on, the missing entries are read from the log again.</summary>
    private async Task<T> WithCaptureAsync<T>(Func<Capture?, Task<(Snapshot, T)>> read, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            ct.ThrowIfCancellationRequested();
            var capture = await view.CaptureAsync();
            var (snapshot, result) = await read(capture);
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
