using System.Runtime.CompilerServices;
using OpsDb.Kernel;

namespace OpsDb.DataFlow;

/// <summary>Long lists, a page at a time.</summary>
internal static class Pages
{
    /// <param name="query">With the size of a page as its limit.</param>
    public static async IAsyncEnumerable<IReadOnlyList<T>> PagesAsync<T>(
        this IReader<T, Guid> rows, ListQuery<T> query, [EnumeratorCancellation] CancellationToken ct) where T : Row<Guid>, IRow<T>
    {
        IReadOnlyList<T> page;
        do
        {
            page = (await rows.ListAsync(query, ct)).Items;
            if (page.Count == 0)
                yield break;
            yield return page;
            query = query.Following(page[^1]);
        }
        while (page.Count >= query.Limit);
    }
}
