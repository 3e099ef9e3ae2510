using OpsDb.Kernel;

namespace OpsDb.Jobs;

/// <summary>Something that has to be done.</summary>
/// <param name="Queue">Whose workers do it.</param>
/// <param name="SubjectId">With which object.</param>
public sealed record WorkOffer(string Queue, string Operation, int DataLocationId, Guid SubjectId)
{
    /// <summary>0 to 1000; the lowest number is taken first.</summary>
    public int Priority { get; init; } = 500;

    /// <summary>Since when its object waits for that: an item that was given up before then waits again.</summary>
    public DateTimeOffset? Since { get; init; }

    public Guid ItemId => WorkItem.IdOf(Operation, DataLocationId, SubjectId);
}

/// <summary>Work was found. What is known already stays as it is, unless it is done or given up and has to be done again.</summary>
[Critical("work_items.offer", Deferrable = true)]
public sealed record OfferWork(IReadOnlyList<WorkOffer> Offers) : ICommand<int>
{
    internal sealed class Handler(IReader<WorkItem, Guid> items, TimeProvider time) : ICommandHandler<OfferWork, int>
    {
        public async Task<Decision<int>> Decide(OfferWork command, CancellationToken ct)
        {
            var (now, changes, count) = (time.GetUtcNow(), new Changes(), 0);
            var known = await items.FindManyAsync([.. command.Offers.Select(o => o.ItemId)], ct);
            foreach (var offer in command.Offers.DistinctBy(o => o.ItemId))
            {
                var before = known.GetValueOrDefault(offer.ItemId);
                if (before is not null && !IsOver(before, offer))
                    continue;
                count++;
                var item = (before ?? new WorkItem
                {
                    Id = offer.ItemId,
                    Queue = offer.Queue,
                    Operation = offer.Operation,
                    DataLocationId = offer.DataLocationId,
                    SubjectId = offer.SubjectId,
                }).Anew() with
                {
                    Priority = offer.Priority,
                    Attempt = 0,
                    Since = now,
                    NotBefore = now,
                    Reason = null,
                };
                _ = before is null ? changes.Create(item) : changes.Update(before, item, i => i.State, i => i.Fence);
            }
            return new(changes, _ => count);
        }

        private static bool IsOver(WorkItem item, WorkOffer offer) =>
            item.State is WorkItemState.Done or WorkItemState.Quarantined && (offer.Since is null || offer.Since > item.Since);
    }
}

/// <summary>A worker takes an item, at a site whose changes go by its log.</summary>
/// <param name="Fence">What the item had when the worker saw it.</param>
[Critical("work_items.claim", Deferrable = true)]
public sealed record ClaimWork(Guid Id, long Fence, string Process) : ICommand<WorkItem>
{
    internal sealed class Handler(IReader<WorkItem, Guid> items, TimeProvider time) : ICommandHandler<ClaimWork, WorkItem>
    {
        public async Task<Decision<WorkItem>> Decide(ClaimWork command, CancellationToken ct)
        {
            var item = await items.GetAsync(command.Id, ct);
            if (item.Fence != command.Fence || item.State is not (WorkItemState.Waiting or WorkItemState.Claimed))
                throw WorkBook.Lost(item);
            return Decision.Update(item, item with
            {
                State = WorkItemState.Claimed,
                Fence = item.Fence + 1,
                Attempt = item.Attempt + 1,
                ClaimedBy = command.Process,
                NextStep = item.Operation,
                Since = time.GetUtcNow(),
                Reason = item.State == WorkItemState.Claimed ? $"the worker {item.ClaimedBy} was lost" : item.Reason,
            }, i => i.State, i => i.Fence);
        }
    }
}

/// <summary>An item was not done.</summary>
/// <param name="Fence">Of whoever tried.</param>
/// <param name="Reason">Why.</param>
[Critical("work_items.fail", Deferrable = true)]
public sealed record FailWork(Guid Id, long Fence, string Reason) : ICommand<WorkItem>
{
    /// <summary>Whether trying again is of no use.</summary>
    public bool IsFinal { get; init; }

    /// <summary>Whether it is nobody's fault: something that it needs is away, and the attempt does not count.</summary>
    public bool Waits { get; init; }

    internal sealed class Handler(IReader<WorkItem, Guid> items, WorkBook book) : ICommandHandler<FailWork, WorkItem>
    {
        public async Task<Decision<WorkItem>> Decide(FailWork command, CancellationToken ct)
        {
            var item = WorkBook.Held(await items.GetAsync(command.Id, ct), command.Fence);
            return Decision.Update(item, book.Failed(item, command), i => i.State, i => i.Fence);
        }
    }
}

/// <summary>Keeps the items of work.</summary>
public sealed class WorkBook(IReader<WorkItem, Guid> items, TimeProvider time)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(10), LongestWait = TimeSpan.FromHours(1);

    /// <summary>Records what the worker does next, together with a change that nobody else may make meanwhile.</summary>
    /// <param name="step">Another one than before.</param>
    /// <exception cref="RefusalException">claim-lost.</exception>
    public async Task StepAsync(Changes changes, WorkItem claimed, string step, CancellationToken ct)
    {
        var item = await HeldAsync(claimed, ct);
        changes.Update(item, item with { NextStep = step }, i => i.State, i => i.Fence);
    }

    /// <summary>Records that the item is done, together with what was done.</summary>
    /// <exception cref="RefusalException">claim-lost.</exception>
    public async Task DoneAsync(Changes changes, WorkItem claimed, CancellationToken ct)
    {
        var item = await HeldAsync(claimed, ct);
        changes.Update(item, item with { State = WorkItemState.Done, Since = time.GetUtcNow(), Reason = null, NextStep = null, Deadline = null },
            i => i.State, i => i.Fence);
    }

    internal async Task<WorkItem> HeldAsync(WorkItem claimed, CancellationToken ct) => Held(await items.GetAsync(claimed.Id, ct), claimed.Fence);

    internal static WorkItem Held(WorkItem item, long fence) => item.State == WorkItemState.Claimed && item.Fence == fence ? item : throw Lost(item);

    internal static RefusalException Lost(WorkItem item) => new(JobProblems.ClaimLost,
        $"The item is {EnumText.Of(item.State)} with the fencing number {item.Fence}{(item.ClaimedBy is { } by ? $", last taken by {by}" : "")}.");

    internal WorkItem Failed(WorkItem item, FailWork failure)
    {
        var (now, wait) = (time.GetUtcNow(), FirstWait * Math.Pow(3, Math.Min(item.Attempt, 10)));
        var after = item with { Since = now, Reason = failure.Reason.Length > 2000 ? failure.Reason[..2000] : failure.Reason };
        if (failure.Waits)
            return Again(FirstWait) with { Attempt = Math.Max(0, item.Attempt - 1) };
        return failure.IsFinal || item.Attempt >= WorkItem.MaxAttempts
            ? after with { State = WorkItemState.Quarantined, NextStep = "look into the reason, mend it, then retry" }
            : Again(wait < LongestWait ? wait : LongestWait);

        WorkItem Again(TimeSpan later) => after with { State = WorkItemState.Waiting, NotBefore = now + later, NextStep = item.Operation };
    }
}
