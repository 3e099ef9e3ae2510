using OpsDb.Jobs;
using OpsDb.Kernel;
using OpsDb.Locations;

namespace OpsDb.DataFlow;

/// <summary>What is said of an object when it comes into another state.</summary>
internal sealed record Said(string? NextStep, string? Reason = null, DateTimeOffset? Deadline = null);

/// <summary>A stage whose objects say by a status how far they are: it brings that along, so that a stage is what it does to bytes.</summary>
internal abstract class DataStage<T>(IReader<T, Guid> subjects, WorkBook book, ICommands commands) : IWorkStage where T : WorkRow, IRow<T>
{
    /// <summary>Whose work is not done.</summary>
    protected static readonly object[] Unfinished = [WorkStatus.Pending, WorkStatus.Scheduled, WorkStatus.InProgress];

    protected const int MaxFound = 500;

    public abstract string Operation { get; }

    public virtual bool NeedsMain => true;

    /// <summary>What is done, as people say it.</summary>
    protected abstract string Doing { get; }

    public abstract bool WorksAt(DataLocation location);

    public abstract Task<IReadOnlyList<WorkOffer>> FindAsync(WorkPlaces places, CancellationToken ct);

    public async Task DoAsync(WorkItem item, CancellationToken ct)
    {
        var subject = await subjects.GetAsync(item.SubjectId, ct);
        if (IsOver(subject))
        {
            await DoneAsync(item, new Nothing(), ct);
            return;
        }
        switch (StatusOf(subject))
        {
            case WorkStatus.Failed:
                throw new WorkFailedException($"the {T.Table.Noun} has failed: a person sets it going again", isFinal: true);
            case WorkStatus.Pending:
                await StepAsync(item, Move(subject.Id, WorkStatus.Scheduled, new(Doing)), "beginning", ct);
                goto case WorkStatus.Scheduled;
            case WorkStatus.Scheduled:
                await StepAsync(item, Move(subject.Id, WorkStatus.InProgress, new(Doing)), Doing, ct);
                break;
        }
        await DoAsync(item, subject, ct);
    }

    public async Task FailedAsync(WorkItem after, CancellationToken ct)
    {
        if (await subjects.FindAsync(after.SubjectId, ct) is not { } subject || IsOver(subject)
            || StatusOf(subject) is not (WorkStatus.Scheduled or WorkStatus.InProgress))
        {
            return;
        }
        var isOver = after.State == WorkItemState.Quarantined;
        await commands.SubmitAsync(Move(subject.Id, isOver ? WorkStatus.Failed : WorkStatus.Pending,
            isOver ? new(after.NextStep, after.Reason) : new(Doing, after.Reason, after.NotBefore)), new(Actor.Jobs), ct);
    }

    /// <summary>Does it, whatever was done before.</summary>
    /// <param name="subject">As it was before it was begun; completed when only the last records are missing.</param>
    protected abstract Task DoAsync(WorkItem item, T subject, CancellationToken ct);

    /// <summary>Whether nothing is left to do for it, so that only its item has to be done.</summary>
    protected virtual bool IsOver(T subject) => false;

    /// <summary>What goes to locations here and is not done.</summary>
    /// <param name="status">The field that tells how far it is.</param>
    protected async Task<IReadOnlyList<T>> OpenAsync(
        WorkPlaces places, string status, CancellationToken ct, Func<ListQuery<T>, ListQuery<T>>? narrow = null)
    {
        object[] here = [.. places.Locations.Where(WorksAt).Select(l => l.Id)];
        if (here.Length == 0)
            return [];
        var open = ListQuery<T>.Everything.WhereOneOf("destination_location_id", here).WhereOneOf(status, Unfinished).AtMost(MaxFound);
        return (await subjects.ListAsync(narrow?.Invoke(open) ?? open, ct)).Items;
    }

    protected abstract WorkStatus StatusOf(T subject);

    /// <summary>The change that brings an object into another state.</summary>
    protected abstract ICommand<T> Move(Guid id, WorkStatus status, Said said);

    /// <summary>Records something, and that the item goes on; not when somebody else has it.</summary>
    protected Task StepAsync<TResult>(WorkItem item, ICommand<TResult> command, string step, CancellationToken ct) =>
        commands.SubmitAsync(command, new(Actor.Jobs) { Also = (changes, token) => book.StepAsync(changes, item, step, token) }, ct);

    /// <summary>Records the last that there is to record, and that the item is done; not when somebody else has it.</summary>
    protected Task DoneAsync<TResult>(WorkItem item, ICommand<TResult> command, CancellationToken ct) =>
        commands.SubmitAsync(command, new(Actor.Jobs) { Also = (changes, token) => book.DoneAsync(changes, item, token) }, ct);
}
