namespace OpsDb.Kernel;

/// <summary>Creates rows, all of them or none.</summary>
/// <param name="Items">1 to 100,000 rows, as they are created one by one.</param>
public sealed record CreateMany<T, TKey, TCreate>(IReadOnlyList<TCreate> Items) : ICommand<CreatedMany<T, TKey>>, IMarked
    where T : Row<TKey>, IRow<T> where TKey : notnull where TCreate : ICreate<T>
{
    KindAttribute IMarked.Mark => T.Table.Creation;
}

/// <summary>Rows that were created together.</summary>
/// <param name="Count">How many.</param>
/// <param name="Ids">Their keys, in the order of the request.</param>
public sealed record CreatedMany<T, TKey>(int Count, IReadOnlyList<TKey> Ids) where T : Row<TKey>, IRow<T> where TKey : notnull;

/// <summary>Decides on all rows as <see cref="CreateHandler{TCommand, T, TKey}"/> on one, with one question where that has one for each.</summary>
internal sealed class CreateManyHandler<T, TKey, TCreate>(
    IReader<T, TKey> rows, References references, RowValidation rules, IIdentities identities, TimeProvider time)
    : ICommandHandler<CreateMany<T, TKey, TCreate>, CreatedMany<T, TKey>> where T : Row<TKey>, IRow<T> where TKey : notnull where TCreate : ICreate<T>
{
    private const int MaxRows = 100_000;

    public async Task<Decision<CreatedMany<T, TKey>>> Decide(CreateMany<T, TKey, TCreate> command, CancellationToken ct)
    {
        if (command.Items.Count is 0 or > MaxRows)
        {
            throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]>
            {
                ["items"] = [$"has 1 to {MaxRows} rows, not {command.Items.Count}"],
            });
        }
        var made = command.Items.Select(i => NewRow<T, TKey>.Of(i)).ToList();
        List<T> created = [.. made.Select(m => m.Row)];
        rules.Check(command.Items, T.Table, created, At);
        await RequireNewAsync(made, ct);
        await references.RequireAsync(created, At, ct);
        // Last, so that what is refused takes no keys.
        var keys = new Queue<TKey>(await NewRow<T, TKey>.KeysAsync(identities, time, made.Count(m => !m.IsGiven), ct));
        var changes = new Changes();
        var ids = new List<TKey>(made.Count);
        foreach (var (row, isGiven) in made)
        {
            var keyed = isGiven ? row : row with { Id = keys.Dequeue() };
            changes.CreateOneOfMany(keyed);
            ids.Add(keyed.Id);
        }
        return new(changes, _ => new(ids.Count, ids));
    }

    private async Task RequireNewAsync(List<(T Row, bool IsGiven)> made, CancellationToken ct)
    {
        var given = made.Where(m => m.IsGiven).Select(m => m.Row.Id).ToHashSet();
        if (given.Count == 0)
            return;
        var known = await rows.FindManyAsync(given, ct);
        var errors = new FieldErrors();
        foreach (var (n, (row, isGiven)) in made.Index())
        {
            if (isGiven && known.ContainsKey(row.Id))
                errors.Add($"{At(n)}.id", $"there is {T.Table.ANoun} {row.Id} already; a retry sends the same Idempotency-Key");
            else if (isGiven && !given.Remove(row.Id))
                errors.Add($"{At(n)}.id", "is the id of another one of these rows");
        }
        errors.ThrowIfAny(Problems.AlreadyExists);
    }

    private static string At(int index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"items[{index}]");
}
