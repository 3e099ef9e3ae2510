namespace OpsDb.Kernel;

/// <summary>
/// Reads rows of several tables as this site sees them, of one snapshot and in one round trip. The conditions are on columns that no
/// command changes: a row that is changed in the log is one of those that its database has, then.
/// </summary>
public interface IReadTogether
{
    /// <summary>Fills in the rows.</summary>
    Task ReadAsync(IReadOnlyList<RowsOf> wanted, CancellationToken ct);
}

/// <summary>Rows of a table that are read together with others'.</summary>
public abstract class RowsOf
{
    /// <summary>Lets somebody use it who does not know its type.</summary>
    public abstract TResult For<TResult>(IUseOfRows<TResult> use);
}

/// <param name="query">Which, in which order, and how many at most.</param>
public sealed class RowsOf<T>(ListQuery<T> query) : RowsOf where T : Row, IRow<T>
{
    public ListQuery<T> Query { get; } = query;

    /// <summary>Those that were read.</summary>
    public IReadOnlyList<T> Rows { get; set; } = [];

    /// <summary>Whether more match than were wanted.</summary>
    public bool HasMore { get; set; }

    public override TResult For<TResult>(IUseOfRows<TResult> use) => use.Use(this);
}

/// <summary>Something that is done with rows of any table.</summary>
public interface IUseOfRows<out TResult>
{
    TResult Use<T>(RowsOf<T> rows) where T : Row, IRow<T>;
}
