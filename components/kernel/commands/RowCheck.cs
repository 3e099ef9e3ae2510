namespace OpsDb.Kernel;

/// <summary>A rule of a row that rests on rows of other tables, which are read for it.</summary>
public interface IRowCheck<T> where T : Row, IRow<T>
{
    /// <summary>Tells what is wrong, with one question for all rows.</summary>
    /// <param name="rows">As they are to be; what they refer to is there.</param>
    /// <param name="wrong">Takes the row's number, its field, and what is wrong with it.</param>
    Task CheckAsync(IReadOnlyList<T> rows, Action<int, string, string> wrong, CancellationToken ct);
}
