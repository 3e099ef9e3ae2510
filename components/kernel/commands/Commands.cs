using System.Collections.Concurrent;
using System.Text.Json;
using MediatR;

namespace OpsDb.Kernel;

/// <summary>A request to change something. The body of the HTTP request is the command.</summary>
public interface ICommand<TResult> : IRequest<Decision<TResult>>;

/// <summary>Decides, from ports alone, which rows change. Knows no site, no SQL and no HTTP.</summary>
public interface ICommandHandler<TCommand, TResult> : IRequestHandler<TCommand, Decision<TResult>> where TCommand : ICommand<TResult>
{
    Task<Decision<TResult>> Decide(TCommand command, CancellationToken ct);

    Task<Decision<TResult>> IRequestHandler<TCommand, Decision<TResult>>.Handle(TCommand request, CancellationToken cancellationToken) =>
        Decide(request, cancellationToken);
}

/// <summary>The name of a command in the log.</summary>
[AttributeUsage(AttributeTargets.Class)]
public class KindAttribute(string kind) : Attribute
{
    public string Kind { get; } = kind;

    /// <summary>No <see cref="IWriteGate"/> is asked: what opens one, and what OpsDb keeps for itself while it answers a question.</summary>
    public bool PassesGates { get; init; }
}

/// <summary>A command that must never be lost: a secondary site records it in its log instead of asking the main site.</summary>
public sealed class CriticalAttribute(string kind) : KindAttribute(kind)
{
    /// <summary>Nothing is lost when it is made an hour later, so the last tenth of the buffer is kept for those that cannot wait.</summary>
    public bool Deferrable { get; init; }
}

/// <summary>A command that does not say by an attribute what it is called in the log.</summary>
public interface IMarked
{
    KindAttribute Mark { get; }
}

/// <summary>Who asks, and how the request can be recognised again.</summary>
/// <param name="IdempotencyKey">1–255 characters; the pair (site, actor, key) is remembered for ever.</param>
/// <param name="BodyHash">SHA-256 over method, path and the content of the body, hexadecimal.</param>
/// <param name="Wait">How long the answer may wait until the main database has a buffered change; null for not at all.</param>
public sealed record Submission(Actor Actor, string? IdempotencyKey = null, string? BodyHash = null, TimeSpan? Wait = null)
{
    /// <summary>Where the request came from; null for what the program does itself.</summary>
    public string? Address { get; init; }

    /// <summary>What the row that is changed has to be.</summary>
    public Conditions Conditions { get; init; } = Conditions.None;

    /// <summary>What is recorded with it whatever it decides, such as that an item of work is done; decided anew with it.</summary>
    public Func<Changes, CancellationToken, Task>? Also { get; init; }

    /// <summary>Whether it is only tried: decided and answered as if it were made, and nothing is stored.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What became of a command.</summary>
/// <param name="Transaction">Null when nothing was to be changed.</param>
/// <param name="State">Buffered at a secondary site, applied at the main site or when the caller waited for it.</param>
/// <param name="Replayed">The answer is the first one of a request that was made before.</param>
public sealed record Receipt<TResult>(TResult Result, Guid? Transaction, SyncState State, bool Replayed);

/// <summary>A decision made ready for the log.</summary>
/// <param name="Steps">Empty when nothing changes.</param>
/// <param name="Claims">Named ranges the decision claims.</param>
/// <param name="Touches">Named ranges that it moves and does not rest on.</param>
public sealed record PreparedTransaction(
    Guid Id, DateTimeOffset OccurredAt, IReadOnlyList<Step> Steps, JsonElement Answer, IReadOnlyCollection<string> Claims, IReadOnlyCollection<string> Touches);

/// <summary>What the sink did.</summary>
/// <param name="Answer">The answer to give: the draft's, or the first one's when the key was known.</param>
public sealed record RecordResult(Guid Transaction, SyncState State, JsonElement Answer, bool Replayed, long? Position = null)
{
    /// <summary>Nothing was to be changed and nothing was recorded; the answer is the row as it was.</summary>
    public bool Unchanged { get; init; }
}

/// <summary>
/// Where decided changes go: the main database now, or the site's log. It calls <c>decide</c> once or, when rows moved
/// in between, again.
/// </summary>
public interface ITransactionSink
{
    Task<RecordResult> RecordAsync(Submission submission, KindAttribute mark, Func<CancellationToken, Task<PreparedTransaction>> decide, CancellationToken ct);
}

/// <summary>Something that can refuse changes for a time, whatever they are. What was accepted before goes on to the main database all the same.</summary>
public interface IWriteGate
{
    /// <exception cref="OutageException">It is closed for this kind of change.</exception>
    Task RequireOpenAsync(KindAttribute mark, CancellationToken ct);
}

/// <summary>The one way to change something.</summary>
public interface ICommands
{
    /// <returns>Of a dry run, what would become of it.</returns>
    /// <exception cref="ProblemException">The request is refused; nothing has changed.</exception>
    Task<Receipt<TResult>> SubmitAsync<TResult>(ICommand<TResult> command, Submission submission, CancellationToken ct);
}

internal sealed class Commands(
    IMediator mediator, ITransactionSink sink, IEnumerable<IWriteGate> gates, RowValidation rules, TimeProvider time, IChangeAccess? access = null,
    IAuditTrail? audit = null) : ICommands
{
    private static readonly ConcurrentDictionary<Type, KindAttribute> Marks = new();

    public async Task<Receipt<TResult>> SubmitAsync<TResult>(ICommand<TResult> command, Submission submission, CancellationToken ct)
    {
        var mark = command is IMarked marked ? marked.Mark : Marks.GetOrAdd(command.GetType(), type =>
            (KindAttribute?)Attribute.GetCustomAttribute(type, typeof(KindAttribute), inherit: true)
            ?? throw new InvalidOperationException($"{type.Name} has no [Kind] or [Critical]"));
        // A person at the site's own command line knows what goes on.
        foreach (var gate in mark.PassesGates || submission.Actor == Actor.System ? [] : gates)
            await gate.RequireOpenAsync(mark, ct);
        rules.Check(command);
        TResult? decided = default;
        var recorded = await sink.RecordAsync(submission, mark, Decide, ct);
        var result = recorded.Replayed ? recorded.Answer.Deserialize<TResult>(Json.Options)! : decided!;
        if (result is Row row)
        {
            var sync = row.Sync ?? new(recorded.State, recorded.Transaction, recorded.Position);
            result = (TResult)(object)(row with { TransactionId = sync.Transaction, Sync = sync });
        }
        return new(result, recorded.Unchanged ? null : recorded.Transaction, recorded.State, recorded.Replayed);

        async Task<PreparedTransaction> Decide(CancellationToken token)
        {
            var decision = await mediator.Send(command, token);
            submission.Conditions.Require(decision.Changes.Subject);
            if (submission.Also is { } also)
                await also(decision.Changes, token);
            foreach (var (table, before, after) in decision.Changes.Decided)
                rules.Check(table, before, after);
            if (access is not null)
                await access.RequireAsync(decision.Changes, token);
            var id = Guid.CreateVersion7(time.GetUtcNow());
            var now = Instant.Round(time.GetUtcNow());
            var steps = decision.Changes.Stamp(submission.Actor, now, id);
            if (audit is not null && decision.Changes.Audited is { Count: > 0 } audited)
                steps = [.. steps, .. audit.Tell(audited, mark.Kind, submission, now).Stamp(submission.Actor, now, id)];
            decided = decision.Result();
            return new(id, now, steps, decision.Changes.Write(decided), decision.Changes.Claims, decision.Changes.Touches);
        }
    }
}
