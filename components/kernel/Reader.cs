namespace OpsDb.Kernel;

/// <summary>
/// Reads the rows of one entity with integer keys, as this site sees them. An entity's port is this under its own name;
/// each adapter keeps its own SQL.
/// </summary>
public interface IReader<T> where T : Row, IRow<T>
{
    Task<T?> FindAsync(int id, CancellationToken ct);

    Task<Page<T>> ListAsync(ListQuery<T> query, CancellationToken ct);
}

/// <summary>What handlers ask of a reader.</summary>
public static class Reading
{
    /// <exception cref="DomainException">not-found.</exception>
    public static async Task<T> GetAsync<T>(this IReader<T> rows, int id, CancellationToken ct) where T : Row, IRow<T> =>
        await rows.FindAsync(id, ct) ?? throw new DomainException(Problems.NotFound, $"There is no {Noun<T>()} {id}.");

    /// <summary>Checks a reference.</summary>
    /// <param name="field">The field that refers to the row.</param>
    /// <exception cref="DomainException">reference-unknown, naming the field.</exception>
    public static async Task RequireAsync<T>(this IReader<T> rows, int id, string field, CancellationToken ct) where T : Row, IRow<T>
    {
        if (await rows.FindAsync(id, ct) is null)
            throw DomainException.Fields(Problems.ReferenceUnknown, new Dictionary<string, string[]> { [field] = [$"there is no {Noun<T>()} {id}"] });
    }

    /// <summary>Decides a merge patch of one row.</summary>
    /// <exception cref="DomainException">not-found, or malformed-body when the patch does not fit the row.</exception>
    public static async Task<Decision<T>> PatchAsync<T>(this IReader<T> rows, int id, MergePatch<T> patch, CancellationToken ct) where T : Row, IRow<T>
    {
        var before = await rows.GetAsync(id, ct);
        return Decision.Update(before, patch.Apply(before));
    }

    /// <summary>Every row, in the default order; for entities that people write by hand, not for what a telescope produces.</summary>
    public static async Task<IReadOnlyList<T>> AllAsync<T>(this IReader<T> rows, CancellationToken ct) where T : Row, IRow<T> =>
        (await rows.ListAsync(ListQuery<T>.Everything, ct)).Items;

    private static string Noun<T>() where T : Row, IRow<T> => T.Table.Name.Replace('_', ' ');
}
