namespace OpsDb.Kernel;

/// <summary>Keys for rows with integer identity: made on the main database before anything is stored.</summary>
public interface IIdentities
{
    /// <summary>Takes new keys of a table.</summary>
    /// <exception cref="OutageException">main-unreachable.</exception>
    Task<IReadOnlyList<int>> TakeAsync(Table table, int count, CancellationToken ct);

    /// <summary>Takes one.</summary>
    /// <exception cref="OutageException">main-unreachable.</exception>
    async Task<int> TakeAsync(Table table, CancellationToken ct) => (await TakeAsync(table, 1, ct))[0];
}

/// <summary>From which state a request was answered; goes out with every answer.</summary>
/// <param name="Token">Opaque; a later read can demand a state at least this new. Null when the state may be older than what the site has.</param>
/// <param name="AsOf">When the newest change in the site's database was committed on the main database.</param>
public sealed record Consistency(string? Token, DateTimeOffset? AsOf);

/// <summary>How new a state a read wants.</summary>
/// <param name="AtLeast">A token from <see cref="Consistency"/>; null when the newest that this site has will do.</param>
/// <param name="Wait">How long to wait for that state; null for a time that the site chooses.</param>
/// <param name="Stale">Whether an older state is better than none.</param>
public sealed record Freshness(string? AtLeast = null, TimeSpan? Wait = null, bool Stale = false);

/// <summary>Agrees with a request on the state that it is answered from.</summary>
public interface IConsistency
{
    /// <summary>Null until the request has read or written something.</summary>
    Consistency? Current { get; }

    /// <summary>Says, before anything is read, how new it has to be.</summary>
    /// <exception cref="RefusalException">malformed-header.</exception>
    void Want(Freshness freshness);
}
