using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.UnitTests;

/// <summary>Rows by table and key, changed by transactions alone, as the main database is.</summary>
internal sealed class InMemoryDatabase(IEnumerable<Table> tables) : ITransactionSink, IIdentities
{
    private readonly Dictionary<string, Table> tables = tables.ToDictionary(t => t.Name);
    private readonly Dictionary<(string Table, string Key), Row> rows = [];
    private int lastKey = 100;

    public List<PreparedTransaction> Transactions { get; } = [];

    /// <summary>How often many rows were asked for at once.</summary>
    public int Questions { get; set; }

    public int TakenKeys => lastKey - 100;

    public IEnumerable<T> Of<T>() where T : Row => rows.Values.OfType<T>();

    public Task<IReadOnlyList<int>> TakeAsync(Table table, int count, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<int>>([.. Enumerable.Range(0, count).Select(_ => ++lastKey)]);

    public async Task<RecordResult> RecordAsync(
        Submission submission, KindAttribute mark, Func<CancellationToken, Task<PreparedTransaction>> decide, CancellationToken ct)
    {
        var draft = await decide(ct);
        if (draft.Steps.Count > 0)
            Transactions.Add(draft);
        foreach (var step in draft.Steps)
        {
            foreach (var change in step.Rows)
            {
                if (step.Operation == StepOperation.Delete)
                {
                    rows.Remove((step.Entity, change.Key));
                    continue;
                }
                var row = After(tables[step.Entity], step, change, draft.Id);
                rows[(step.Entity, change.Key)] = row with { TransactionId = draft.Id, Sync = new(SyncState.Applied, draft.Id) };
            }
        }
        return new(draft.Id, SyncState.Applied, draft.Answer, false);
    }

    private Row After(Table table, Step step, RowChange change, Guid transaction)
    {
        if (step.Operation == StepOperation.Create)
            return table.Read(change.Row!.Value);
        var before = rows[(step.Entity, change.Key)];
        var present = table.Write(before);
        foreach (var seen in change.Seen!.Value.EnumerateObject())
            Assert.That(JsonElement.DeepEquals(seen.Value, present.GetProperty(seen.Name)), $"{seen.Name} is as it was seen");
        return table.Fold(before, change.Row!.Value, transaction);
    }
}

internal sealed class InMemoryRows<T, TKey>(InMemoryDatabase database) : IReader<T, TKey> where T : Row<TKey>, IRow<T> where TKey : notnull
{
    public Task<T?> FindAsync(TKey id, CancellationToken ct) => Task.FromResult(database.Of<T>().FirstOrDefault(r => r.Key.Equals(id)));

    public Task<IReadOnlyDictionary<TKey, T>> FindManyAsync(IReadOnlyCollection<TKey> ids, CancellationToken ct)
    {
        database.Questions++;
        return Task.FromResult<IReadOnlyDictionary<TKey, T>>(database.Of<T>().Where(r => ids.Contains(r.Id)).ToDictionary(r => r.Id));
    }

    public Task<Page<T>> ListAsync(ListQuery<T> query, CancellationToken ct) =>
        Task.FromResult(new Page<T>([.. database.Of<T>().Where(query.Matches).Order(Comparer<T>.Create(query.Compare)).Take(query.Limit)], null, null));
}

internal sealed class InMemoryTogether(InMemoryDatabase database) : IReadTogether, IUseOfRows<int>
{
    public Task ReadAsync(IReadOnlyList<RowsOf> wanted, CancellationToken ct)
    {
        foreach (var rows in wanted)
            rows.For(this);
        return Task.CompletedTask;
    }

    public int Use<T>(RowsOf<T> rows) where T : Row, IRow<T>
    {
        rows.Rows = [.. database.Of<T>().Where(rows.Query.Matches).Order(Comparer<T>.Create(rows.Query.Compare)).Take(rows.Query.Limit)];
        return rows.Rows.Count;
    }
}
