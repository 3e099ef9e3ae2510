using System.Globalization;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>What the site has accepted and not yet recorded, as events: the steps of its log.</summary>
internal sealed class LogEvents(TransactionLog log, IEnumerable<Table> tables) : IEventSource
{
    private readonly IReadOnlyDictionary<string, string> entities = tables.Where(t => t.IsTold).ToDictionary(t => t.Name, t => t.Path);

    public string Name => "log";

    public async Task<EventPage> ReadAsync(string? cursor, int most, CancellationToken ct)
    {
        var (epoch, position) = Parse(cursor);
        var page = await log.RefreshAsync(position, most);
        if (page.Epoch != epoch)
        {
            // Another log, or the same one that has lost its end: what it holds now is told.
            position = page.Trimmed;
            page = await log.RefreshAsync(position, most);
        }
        List<Transaction> readable = [.. page.Transactions.TakeWhile(t => !t.IsNewer)];
        if (readable.Count > 0)
            position = readable[^1].Position!.Value.Position;
        return new([.. readable.SelectMany(EventsOf)], string.Create(CultureInfo.InvariantCulture, $"{page.Epoch} {position}"),
            readable.Count > 0 && position < page.Last);
    }

    private IEnumerable<DomainEvent> EventsOf(Transaction transaction) => transaction.Steps.Where(s => entities.ContainsKey(s.Entity)).SelectMany(step =>
        step.Rows.Select(row => new DomainEvent(entities[step.Entity], row.Key, ChangeOf(step.Operation), EventState.Buffered, transaction.OccurredAt)
        {
            Kind = transaction.Kind,
            Transaction = transaction.Id,
            Site = transaction.Site,
            Actor = transaction.Actor.User,
        }));

    private static EventChange ChangeOf(StepOperation operation) => operation switch
    {
        StepOperation.Create => EventChange.Created,
        StepOperation.Update => EventChange.Changed,
        _ => EventChange.Deleted,
    };

    private static (Guid Epoch, long Position) Parse(string? cursor) => cursor?.Split(' ') is [var epoch, var position]
        ? (Guid.Parse(epoch), long.Parse(position, CultureInfo.InvariantCulture)) : (Guid.Empty, 0);
}
