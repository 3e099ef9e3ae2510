using System.Text.Json.Serialization;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>Where a transaction is on its way.</summary>
public enum TransactionState
{
    /// <summary>In the site's log, not yet known to be on the main database.</summary>
    Buffered,

    /// <summary>On the main database.</summary>
    Applied,

    /// <summary>In this site's copy of the main database.</summary>
    Replicated,

    /// <summary>Refused by the main database; waits for a person.</summary>
    Failed,

    /// <summary>Waits behind a failed one that concerns the same rows.</summary>
    Parked,

    /// <summary>Repeats a transaction with the same idempotency key and has no effect of its own.</summary>
    Duplicate,

    /// <summary>Given up by a person.</summary>
    Discarded,
}

/// <summary>The life of one write, as far as this site can tell.</summary>
/// <param name="Id">A UUIDv7, made by the site.</param>
/// <param name="Site">Where it was accepted.<example>observatory</example></param>
/// <param name="Kind">What was asked for.<example>executions.start</example></param>
/// <param name="Actor">The user of the token that asked.<example>observer</example></param>
/// <param name="State">Where it is.</param>
/// <param name="Position">Its place in that log.</param>
/// <param name="Epoch">The log's epoch; absent for a direct write, like the position.</param>
/// <param name="AcceptedAt">When the site accepted it; from then on it is durable.</param>
/// <param name="AppliedAt">When the main database decided on it, once this site's database tells.</param>
/// <param name="VisibleAt">The sites whose reads show it, as far as this site knows.</param>
public sealed record TransactionStatus(
    Guid Id, string Site, string Kind, string Actor, TransactionState State, Guid? Epoch, long? Position, DateTimeOffset AcceptedAt,
    DateTimeOffset? AppliedAt, IReadOnlyList<string> VisibleAt)
{
    /// <summary>The first transaction with the same idempotency key, for a duplicate.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? DuplicateOf { get; init; }

    /// <summary>Why it was refused, with both versions of the rows in conflict; for a failed one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Refusal? Refusal { get; init; }

    /// <summary>What it would change; for a failed or parked one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Step>? Steps { get; init; }

    /// <summary>What operators did about it, oldest first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Intervention>? Interventions { get; init; }
}

/// <summary>What an operator did.</summary>
/// <param name="Action">retry, edit, discard, continue or acknowledge_loss.<example>discard</example></param>
/// <param name="Actor">Who.<example>admin</example></param>
/// <param name="Note">Why, in the operator's words.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Outcome">What became of the transaction.<example>discarded</example></param>
public sealed record Intervention(string Action, string Actor, string? Note, string Outcome, DateTimeOffset At);

/// <summary>Answers what became of transactions.</summary>
public interface ITransactions
{
    /// <returns>Null when this site does not know it (a direct write elsewhere appears when it has been replicated).</returns>
    Task<TransactionStatus?> FindAsync(Guid id, CancellationToken ct);

    /// <summary>The transactions that are in a state, oldest first.</summary>
    /// <param name="state">Failed or parked, of all sites; or buffered, of this one.</param>
    Task<IReadOnlyList<TransactionStatus>> ListAsync(TransactionState state, string? ofSite, int limit, CancellationToken ct);
}

internal sealed class Transactions(
    SnapshotReader snapshots, RequestState request, LsnTracker tracker, Site site, PublishedSteps published, Sight sight) : ITransactions
{
    private const string Interventions = "select action, actor, note, outcome, at from transaction_intervention where transaction_id = @id order by at;";

    // Whoever does not see all programmes is told of their own writes: those of others show rows.
    public async Task<TransactionStatus?> FindAsync(Guid id, CancellationToken ct) =>
        await FindAnyAsync(id, ct) is { } found && (sight.User ?? found.Actor) == found.Actor ? found : null;

    private Task<TransactionStatus?> FindAnyAsync(Guid id, CancellationToken ct) => snapshots.ReadAsync(async from =>
    {
        var cut = await from.CutAsync();
        // Before the query: it may leave the overlay while the database is asked.
        var pending = cut?.State.Find(id);
        var parameters = new Dapper.DynamicParameters(from.Parameters);
        parameters.Add("id", id);
        var (snapshot, applied, held, interventions) = await from.Session.QueryManyAsync(
            $"{DatabaseSnapshot.Sql} {AppliedTransaction.Sql} where id = @id; {HeldTransaction.Sql} where id = @id; {Interventions}", parameters, async grid =>
            (
                await grid.ReadSingleAsync<DatabaseSnapshot>(),
                await grid.ReadSingleOrDefaultAsync<AppliedTransaction>(),
                await grid.ReadSingleOrDefaultAsync<HeldTransaction>(),
                (await grid.ReadAsync<Did>()).Select(d => new Intervention(d.Action, d.Actor, d.Note, d.Outcome, d.At)).ToList()
            ), ct);
        return (snapshot, applied is not null
            ? Of(applied, from) with
            {
                Refusal = held?.Refusal,
                Steps = held is null ? null : published.Of(held.Transaction.Steps),
                Interventions = interventions.Count > 0 ? interventions : null,
            }
            : cut is null || pending is null || pending.Position > cut.Position ? null : Of(pending, cut));
    }, ct);

    public async Task<IReadOnlyList<TransactionStatus>> ListAsync(TransactionState state, string? ofSite, int limit, CancellationToken ct)
    {
        if (state == TransactionState.Buffered)
        {
            if (await request.Scope.CutAsync() is not { } cut || (ofSite ?? site.Name) != site.Name)
                return [];
            var pending = cut.State.After(Math.Max(cut.AppliedHint, tracker.Latest.PositionIn(cut.Epoch)));
            var seen = pending.TakeWhile(p => p.Position <= cut.Position).Where(p => (sight.User ?? p.Actor.User) == p.Actor.User);
            return [.. seen.Take(limit).Select(p => Of(p, cut))];
        }
        return await snapshots.ReadAsync(async from =>
        {
            var parameters = new Dapper.DynamicParameters(from.Parameters);
            parameters.AddDynamicParams(new { state = EnumText.Of(state), ofSite, limit, actor = sight.User });
            const string which =
                """
                where state = @state and (@ofSite::text is null or site = @ofSite) and (@actor::text is null or entry::jsonb #>> '{actor,user}' = @actor)
                order by number limit @limit
                """;
            var (snapshot, held) = await from.Session.QueryManyAsync($"{DatabaseSnapshot.Sql} {HeldTransaction.Sql} {which}", parameters,
                async grid => (await grid.ReadSingleAsync<DatabaseSnapshot>(), (await grid.ReadAsync<HeldTransaction>()).ToList()), ct);
            return (snapshot, (IReadOnlyList<TransactionStatus>)[.. held.Select(Of)]);
        }, ct);
    }

    private TransactionStatus Of(HeldTransaction held)
    {
        var transaction = held.Transaction;
        return new(
            held.Id, held.Site, held.Kind, transaction.Actor.User, held.Failed ? TransactionState.Failed : TransactionState.Parked,
            held.Epoch, held.Position, transaction.OccurredAt, held.HeldAt, [held.Site])
        {
            Refusal = held.Refusal,
            Steps = published.Of(transaction.Steps),
        };
    }

    private TransactionStatus Of(AppliedTransaction t, ReadTarget from) => new(
        t.Id, t.Site, t.Kind, t.Actor,
        t.Outcome == "applied"
            ? from.State == SyncState.Applied ? TransactionState.Applied : TransactionState.Replicated
            : EnumText.Parse<TransactionState>(t.Outcome),
        t.Epoch, t.Position, t.OccurredAt, t.AppliedAt,
        t.Outcome switch
        {
            "applied" => [.. new[] { "main", t.Site, site.Name }.Distinct()],
            "failed" or "parked" => [t.Site],
            _ => [],
        })
    {
        DuplicateOf = t.DuplicateOf,
    };

    private TransactionStatus Of(Pending t, OverlayCut cut) => cut.IsApplied(t.Position)
        ? new(t.Id, site.Name, t.Kind, t.Actor.User, TransactionState.Applied, cut.Epoch, t.Position, t.OccurredAt, null, ["main", site.Name])
        : new(t.Id, site.Name, t.Kind, t.Actor.User, TransactionState.Buffered, cut.Epoch, t.Position, t.OccurredAt, null, [site.Name]);

    private sealed record Did
    {
        public string Action { get; init; } = "";
        public string Actor { get; init; } = "";
        public string? Note { get; init; }
        public string Outcome { get; init; } = "";
        public DateTimeOffset At { get; init; }
    }
}
