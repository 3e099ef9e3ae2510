namespace OpsDb.Kernel;

/// <summary>
/// Merges the page that a database gives with any number of other rows. It keeps no more than the page needs, so that a list
/// beside ten thousand pending rows costs little more than one beside none.
/// </summary>
public sealed class PageMerge<T>(ListQuery<T> query) where T : Row, IRow<T>
{
    // The first rows so far, the last of them on top.
    private readonly PriorityQueue<T, T> first = new(Comparer<T>.Create((a, b) => query.Compare(b, a)));

    /// <summary>How many of the other rows match.</summary>
    public int Matching { get; private set; }

    /// <summary>Sort values of the last row that the page can have by now; null while it has room.</summary>
    public IReadOnlyList<object?>? Last => first.Count > query.Limit ? [.. query.Order.Select(o => o.By.Value(first.Peek()))] : null;

    /// <summary>A row that the database did not look at: it takes part when it matches and comes after the cursor.</summary>
    public void Add(T row)
    {
        if (!query.Matches(row))
            return;
        Matching++;
        if (query.IsAfterCursor(row))
            Keep(row);
    }

    /// <summary>The page and one row more, which tells whether there is a next page.</summary>
    /// <param name="page">The same of the database alone.</param>
    public IReadOnlyList<T> With(IReadOnlyList<T> page)
    {
        if (first.Count == 0)
            return page;
        foreach (var row in page)
            Keep(row);
        var merged = new T[first.Count];
        for (var i = merged.Length - 1; i >= 0; i--)
            merged[i] = first.Dequeue();
        return merged;
    }

    private void Keep(T row)
    {
        if (first.Count <= query.Limit)
            first.Enqueue(row, row);
        else if (query.Compare(row, first.Peek()) < 0)
            first.DequeueEnqueue(row, row);
    }
}
