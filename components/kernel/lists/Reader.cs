namespace OpsDb.Kernel;

/// <summary>
/// Reads the rows of one table as this site sees them: its database, with everything that the site has accepted and the
/// database does not have yet folded over it.
/// </summary>
public interface IReader<T, TKey> where T : Row<TKey>, IRow<T> where TKey : notnull
{
    Task<T?> FindAsync(TKey id, CancellationToken ct);

    /// <summary>Those of the rows that are there, by key: one question for all of them.</summary>
    Task<IReadOnlyDictionary<TKey, T>> FindManyAsync(IReadOnlyCollection<TKey> ids, CancellationToken ct);

    Task<Page<T>> ListAsync(ListQuery<T> query, CancellationToken ct);
}

/// <summary>What handlers ask of a reader.</summary>
public static class ReaderExtensions
{
    /// <exception cref="RefusalException">not-found.</exception>
    public static async Task<T> GetAsync<T, TKey>(this IReader<T, TKey> rows, TKey id, CancellationToken ct)
        where T : Row<TKey>, IRow<T> where TKey : notnull =>
        await rows.FindAsync(id, ct) ?? throw new RefusalException(Problems.NotFound, $"There is no {T.Table.Noun} {id}.");

    /// <summary>Follows a reference.</summary>
    /// <param name="field">The field that refers to the row.</param>
    /// <exception cref="RefusalException">reference-unknown, naming the field.</exception>
    public static async Task<T> RequireAsync<T, TKey>(this IReader<T, TKey> rows, TKey id, string field, CancellationToken ct)
        where T : Row<TKey>, IRow<T> where TKey : notnull => await rows.FindAsync(id, ct)
            ?? throw RefusalException.Fields(Problems.ReferenceUnknown, new Dictionary<string, string[]> { [field] = [$"there is no {T.Table.Noun} {id}"] });

    /// <summary>Every row, in the default order; for entities that people write by hand, not for what a telescope produces.</summary>
    public static async Task<IReadOnlyList<T>> AllAsync<T, TKey>(this IReader<T, TKey> rows, CancellationToken ct)
        where T : Row<TKey>, IRow<T> where TKey : notnull =>
        (await rows.ListAsync(ListQuery<T>.Everything, ct)).Items;
}
