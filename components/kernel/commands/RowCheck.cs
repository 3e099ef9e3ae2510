using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Kernel;

/// <summary>A rule of a row that rests on rows of other tables, which are read for it.</summary>
public interface IRowCheck<T> where T : Row, IRow<T>
{
    /// <summary>Tells what is wrong, with one question for all rows.</summary>
    /// <param name="rows">As they are to be; what they refer to is there.</param>
    /// <param name="others">Where the rows are that they refer to.</param>
    /// <param name="wrong">Takes the row's number, its field, and what is wrong with it.</param>
    Task CheckAsync(IReadOnlyList<T> rows, IRowsByKey others, Action<int, string, string> wrong, CancellationToken ct);
}

/// <summary>Rows of any table by their keys: those that are there, or that will be when what is checked is there.</summary>
public interface IRowsByKey
{
    /// <summary>Those of the rows that are there.</summary>
    Task<IReadOnlyDictionary<TKey, T>> FindManyAsync<T, TKey>(IReadOnlyCollection<TKey> ids, CancellationToken ct)
        where T : Row<TKey>, IRow<T> where TKey : notnull;
}

/// <summary>Those that every reader finds.</summary>
internal sealed class StoredRows(IServiceProvider services) : IRowsByKey
{
    public Task<IReadOnlyDictionary<TKey, T>> FindManyAsync<T, TKey>(IReadOnlyCollection<TKey> ids, CancellationToken ct)
        where T : Row<TKey>, IRow<T> where TKey : notnull =>
        services.GetRequiredService<IReader<T, TKey>>().FindManyAsync(ids, ct);
}
