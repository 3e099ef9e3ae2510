namespace OpsDb.Kernel;

/// <summary>A rule of a row that rests on rows of other tables, which are read for it.</summary>
public interface IRowCheck<T> where T : Row, IRow<T>
{
    /// <summary>Adds what is wrong with the row, by its fields.</summary>
    /// <param name="before">Null for a new row.</param>
    Task CheckAsync(T? before, T after, FieldErrors errors, CancellationToken ct);
}
