namespace OpsDb.Kernel;

/// <summary>
/// Which programmes the caller sees for whom a scope works: all of them, or those that a user belongs to and those whose data are open. A
/// scope that works for nobody, such as a background job's, sees all.
/// </summary>
public sealed class Sight
{
    /// <summary>The user whose programmes are seen; null for all programmes.</summary>
    public string? User { get; private set; }

    /// <summary>Leaves what the caller sees, from now on.</summary>
    public void Narrow(Principal caller) => User = caller.SeesAllPrograms ? null : caller.Actor.User;

    /// <summary>Whether the caller sees only some of a table's rows.</summary>
    public bool Narrows(Table table) => User is not null && table.SeenWith is not null;
}

/// <summary>With which row of another table a row is seen: who sees that one sees this one.</summary>
/// <param name="Column">Holds the key of that row.</param>
public sealed record SeenWith(string Column, Table Table);

/// <summary>Decides whether the caller may change what they see: who reads a programme does not write in it.</summary>
public interface IChangeAccess
{
    /// <exception cref="RefusalException">program-read-only.</exception>
    Task RequireAsync(Changes changes, CancellationToken ct);
}
