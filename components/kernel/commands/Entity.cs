using System.Text.Json;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Kernel;

/// <summary>
/// Creates a row out of the command's own fields, each of which is the column of the same name. The key is new, unless a field
/// <c>id</c> brings it.
/// </summary>
public interface ICreate<T> : ICommand<T>, IMarked where T : Row, IRow<T>
{
    KindAttribute IMarked.Mark => T.Table.Creation;
}

/// <summary>Changes fields of a row.</summary>
public sealed record Change<T, TKey>(TKey Id, MergePatch<T> Patch) : ICommand<T>, IMarked where T : Row<TKey>, IRow<T> where TKey : notnull
{
    KindAttribute IMarked.Mark => T.Table.Change;
}

/// <summary>Deletes a row that no other refers to; answered with the row as it was.</summary>
public sealed record Delete<T, TKey>(TKey Id) : ICommand<T>, IMarked where T : Row<TKey>, IRow<T> where TKey : notnull
{
    KindAttribute IMarked.Mark => T.Table.Deletion;
}

internal sealed class CreateHandler<TCommand, T, TKey>(IReader<T, TKey> rows, References references, IIdentities identities, TimeProvider time)
    : ICommandHandler<TCommand, T> where TCommand : ICreate<T> where T : Row<TKey>, IRow<T> where TKey : notnull
{
    public async Task<Decision<T>> Decide(TCommand command, CancellationToken ct)
    {
        var (row, isGiven) = NewRow<T, TKey>.Of(command);
        if (isGiven && await rows.FindAsync(row.Id, ct) is not null)
            throw new RefusalException(Problems.AlreadyExists, $"There is {T.Table.ANoun} {row.Id} already; a retry sends the same Idempotency-Key.");
        await references.RequireAsync(null, row, ct);
        return Decision.Create(isGiven ? row : row with { Id = (await NewRow<T, TKey>.KeysAsync(identities, time, 1, ct))[0] });
    }
}

/// <summary>What a command's fields make.</summary>
internal static class NewRow<T, TKey> where T : Row<TKey>, IRow<T> where TKey : notnull
{
    private const string Id = "id";

    /// <returns>The row, and whether the command brings its key.</returns>
    public static (T Row, bool IsGiven) Of(ICreate<T> command)
    {
        var fields = JsonSerializer.SerializeToElement(command, command.GetType(), Json.Options).EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        var isGiven = fields.TryGetValue(Id, out var id) && id.ValueKind != JsonValueKind.Null;
        if (!isGiven)
            fields[Id] = Json.ToElement(default(TKey));
        return ((T)T.Table.Read(Json.ToElement(fields)), isGiven);
    }

    /// <summary>New keys, all at once.</summary>
    public static async Task<IReadOnlyList<TKey>> KeysAsync(IIdentities identities, TimeProvider time, int count, CancellationToken ct) => default(TKey) switch
    {
        _ when count == 0 => [],
        Guid => [.. Enumerable.Range(0, count).Select(_ => (TKey)(object)Guid.CreateVersion7(time.GetUtcNow()))],
        int => (IReadOnlyList<TKey>)await identities.TakeAsync(T.Table, count, ct),
        _ => throw new InvalidOperationException($"A new {T.Table.Noun} has no id, and none can be made."),
    };
}

internal sealed class ChangeHandler<T, TKey>(IReader<T, TKey> rows, References references) : ICommandHandler<Change<T, TKey>, T>
    where T : Row<TKey>, IRow<T> where TKey : notnull
{
    public async Task<Decision<T>> Decide(Change<T, TKey> command, CancellationToken ct)
    {
        var before = await rows.GetAsync(command.Id, ct);
        var after = command.Patch.Apply(before);
        await references.RequireAsync(before, after, ct);
        return Decision.Update(before, after);
    }
}

internal sealed class DeleteHandler<T, TKey>(IReader<T, TKey> rows) : ICommandHandler<Delete<T, TKey>, T> where T : Row<TKey>, IRow<T> where TKey : notnull
{
    // Which rows refer to it only the main database can say, and does.
    public async Task<Decision<T>> Decide(Delete<T, TKey> command, CancellationToken ct) => Decision.Delete(await rows.GetAsync(command.Id, ct));
}

/// <summary>A column that names a row of another table.</summary>
/// <param name="Noun">What such a row is called.</param>
/// <param name="Require">Throws reference-unknown when there is no such row.</param>
/// <param name="Missing">Those of many values that name no row.</param>
public sealed record Reference<T>(string Column, string Noun, Func<T, object?> Value, Func<IServiceProvider, T, CancellationToken, Task> Require,
    Func<IServiceProvider, IReadOnlyCollection<object>, CancellationToken, Task<HashSet<object>>> Missing);

/// <summary>Checks that the rows are there which a row refers to, and that it fits them.</summary>
public sealed class References(IServiceProvider services)
{
    /// <param name="before">Null for a new row; else only what it does not refer to already is looked for.</param>
    /// <exception cref="RefusalException">reference-unknown or invalid-fields, naming the field.</exception>
    public async Task RequireAsync<T>(T? before, T after, CancellationToken ct) where T : Row, IRow<T>
    {
        foreach (var reference in T.Table.References.Where(r => r.Value(after) is { } value && !(before is not null && value.Equals(r.Value(before)))))
            await reference.Require(services, after, ct);
        await CheckAsync([after], _ => "", ct);
    }

    /// <summary>The same of many new rows, with one question for each column.</summary>
    /// <param name="at">Where in the body a row is.</param>
    /// <exception cref="RefusalException">reference-unknown or invalid-fields, naming the fields.</exception>
    public async Task RequireAsync<T>(IReadOnlyList<T> rows, Func<int, string> at, CancellationToken ct) where T : Row, IRow<T>
    {
        var errors = new FieldErrors();
        foreach (var reference in T.Table.References)
        {
            List<object> values = [.. rows.Select(reference.Value).OfType<object>().Distinct()];
            if (values.Count == 0)
                continue;
            var missing = await reference.Missing(services, values, ct);
            for (var i = 0; i < rows.Count && missing.Count > 0; i++)
            {
                if (reference.Value(rows[i]) is { } value && missing.Contains(value))
                    errors.Add($"{at(i)}.{reference.Column}", $"there is no {reference.Noun} {Table.KeyText(value)}");
            }
        }
        errors.ThrowIfAny(Problems.ReferenceUnknown);
        await CheckAsync(rows, n => $"{at(n)}.", ct);
    }

    private async Task CheckAsync<T>(IReadOnlyList<T> rows, Func<int, string> prefix, CancellationToken ct) where T : Row, IRow<T>
    {
        var errors = new FieldErrors();
        foreach (var check in services.GetServices<IRowCheck<T>>())
            await check.CheckAsync(rows, new StoredRows(services), (n, field, message) => errors.Add(prefix(n) + field, message), ct);
        errors.ThrowIfAny(Problems.InvalidFields);
    }
}

public static class EntityRegistration
{
    /// <summary>Registers an entity whose rows can be read and changed, and deleted where its table says so.</summary>
    public static IServiceCollection AddEntity<T, TKey>(this IServiceCollection services) where T : Row<TKey>, IRow<T> where TKey : notnull
    {
        if (T.Table.Deletable)
            services.AddScoped<IRequestHandler<Delete<T, TKey>, Decision<T>>, DeleteHandler<T, TKey>>();
        if (T.Table.IsTold)
            services.AddScoped<IToldRows, ToldRows<T, TKey>>();
        return services.AddTable(T.Table).AddScoped<IRequestHandler<Change<T, TKey>, Decision<T>>, ChangeHandler<T, TKey>>();
    }

    /// <summary>The same of one whose rows are created from a command's fields.</summary>
    public static IServiceCollection AddEntity<T, TKey, TCreate>(this IServiceCollection services)
        where T : Row<TKey>, IRow<T> where TKey : notnull where TCreate : ICreate<T>
    {
        var fields = Json.Options.GetTypeInfo(typeof(TCreate)).Properties.Select(p => p.Name).ToHashSet();
        if (fields.Except(T.Table.Columns.Select(c => c.Name)).FirstOrDefault() is { } unknown)
            throw new InvalidOperationException($"{typeof(TCreate)} has the field {unknown}, which is no column of {T.Table.Name}.");
        if (T.Table.Columns.FirstOrDefault(c => c.IsPrivate && fields.Contains(c.Name)) is { } hidden)
            throw new InvalidOperationException(
                $"{typeof(TCreate)} has the field {hidden.Name}, which is private in {T.Table.Name}: a command of its own sets it.");
        if (Json.Options.GetTypeInfo(typeof(T)).Properties.FirstOrDefault(p => p.IsRequired && p.Name != "id" && !fields.Contains(p.Name)) is { } missing)
            throw new InvalidOperationException($"{typeof(TCreate)} lacks the field {missing.Name}, without which there is no {T.Table.Noun}.");
        return services.AddEntity<T, TKey>()
            .AddScoped<IRequestHandler<TCreate, Decision<T>>, CreateHandler<TCreate, T, TKey>>()
            .AddScoped<IRequestHandler<CreateMany<T, TKey, TCreate>, Decision<CreatedMany<T, TKey>>>, CreateManyHandler<T, TKey, TCreate>>();
    }
}
