using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Kernel;

/// <summary>How work is set going again.</summary>
public enum RestartKind
{
    /// <summary>What has failed waits again; the attempts go on being counted.</summary>
    Retry,

    /// <summary>What is not done waits again, whoever is at it, and its attempts are counted from 0.</summary>
    Reset,
}

/// <summary>A person sets work going again.</summary>
public sealed record Restart<T> : ICommand<T>, IMarked where T : WorkRow, IRow<T>, IRestartable<T>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    [JsonIgnore]
    public RestartKind How { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    KindAttribute IMarked.Mark => Restarts.MarkOf<T>(How);
}

/// <summary>The same of everything that some filters match, up to 10,000 rows at once.</summary>
public sealed record RestartMany<T> : ICommand<ManyMoved>, IMarked where T : WorkRow, IRow<T>, IRestartable<T>
{
    [JsonIgnore]
    public ListQuery<T>? Of { get; init; }

    [JsonIgnore]
    public RestartKind How { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    KindAttribute IMarked.Mark => Restarts.MarkOf<T>(How);
}

/// <summary>What a change of many rows did, or in a dry run would do.</summary>
/// <param name="Matched">Rows that the filters match.</param>
/// <param name="Changed">Those of them that changed; the others have nothing to change.</param>
/// <param name="Items">What changed.</param>
public sealed record ManyMoved(int Matched, int Changed, IReadOnlyList<RowMoved> Items);

/// <summary>A row that was moved.</summary>
/// <param name="Id">Of the row.</param>
/// <param name="From">Its state before.<example>failed</example></param>
/// <param name="To">Its state now.<example>pending</example></param>
public sealed record RowMoved(Guid Id, string From, string To);

internal static class Restarts
{
    public static KindAttribute MarkOf<T>(RestartKind how) where T : WorkRow, IRow<T>
    {
        var kind = $"{T.Table.Resource}.{EnumText.Of(how)}";
        return T.Table.Change is CriticalAttribute ? new CriticalAttribute(kind) { Deferrable = true } : new KindAttribute(kind);
    }

    public static T? Of<T>(T row, RestartKind how, string? reason, DateTimeOffset now) where T : WorkRow, IRow<T>, IRestartable<T>
    {
        var next = how == RestartKind.Retry ? row.Retried() : row.Begun();
        return next is null ? null : next with { Since = now, Reason = reason, Deadline = null, Attempt = how == RestartKind.Reset ? 0 : row.Attempt };
    }
}

internal sealed class RestartHandler<T>(IReader<T, Guid> rows, TimeProvider time) : ICommandHandler<Restart<T>, T>
    where T : WorkRow, IRow<T>, IRestartable<T>
{
    public async Task<Decision<T>> Decide(Restart<T> command, CancellationToken ct)
    {
        var row = await rows.GetAsync(command.Id, ct);
        var next = Restarts.Of(row, command.How, command.Reason, time.GetUtcNow()) ?? throw new RefusalException(Problems.StateConflict,
            $"The {T.Table.Noun} is {row.StateText}: nothing of it {(command.How == RestartKind.Retry ? "has failed" : "has begun and is not done")}.");
        return Decision.Update(row, next);
    }
}

internal sealed class RestartManyHandler<T>(ManyRows<T> many, TimeProvider time) : ICommandHandler<RestartMany<T>, ManyMoved>
    where T : WorkRow, IRow<T>, IRestartable<T>
{
    public async Task<Decision<ManyMoved>> Decide(RestartMany<T> command, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        return await many.MoveAsync(command.Of!, row => Restarts.Of(row, command.How, command.Reason, now), row => row.StateText, ct);
    }
}

/// <summary>Changes all rows that some filters match.</summary>
public sealed class ManyRows<T>(IReader<T, Guid> rows) where T : Row<Guid>, IRow<T>
{
    private const int MaxRows = 10_000;

    /// <summary>The rows.</summary>
    /// <exception cref="RefusalException">malformed-parameter: no filter, or too many rows.</exception>
    public async Task<IReadOnlyList<T>> ReadAsync(ListQuery<T> query, CancellationToken ct)
    {
        if (query.Conditions.Count == 0)
            throw Wrong("Say by at least one filter which rows are meant; they are those of the list.");
        var found = (await rows.ListAsync(query with { Limit = MaxRows }, ct)).Items;
        return found.Count < MaxRows ? found : throw Wrong($"The filters match {MaxRows} rows or more; narrow them, and do it in parts.");
    }

    /// <param name="move">The row as it should be; null where nothing is to change.</param>
    /// <param name="state">Of a row, in a word.</param>
    public async Task<Decision<ManyMoved>> MoveAsync(ListQuery<T> query, Func<T, T?> move, Func<T, string> state, CancellationToken ct)
    {
        var (found, changes, moved) = (await ReadAsync(query, ct), new Changes(), new List<RowMoved>());
        foreach (var row in found)
        {
            if (move(row) is not { } next)
                continue;
            changes.Update(row, next);
            moved.Add(new(row.Id, state(row), state(next)));
        }
        return new(changes, _ => new(found.Count, moved.Count, moved));
    }

    private static RefusalException Wrong(string what) => new(Problems.MalformedParameter, what);
}

public static class RestartRegistration
{
    /// <summary>Registers work that people can set going again.</summary>
    public static IServiceCollection AddWork<T>(this IServiceCollection services) where T : WorkRow, IRow<T>, IRestartable<T> => services
        .AddEntity<T, Guid>()
        .AddScoped<ManyRows<T>>()
        .AddScoped<MediatR.IRequestHandler<Restart<T>, Decision<T>>, RestartHandler<T>>()
        .AddScoped<MediatR.IRequestHandler<RestartMany<T>, Decision<ManyMoved>>, RestartManyHandler<T>>();
}
