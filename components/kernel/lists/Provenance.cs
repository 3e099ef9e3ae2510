namespace OpsDb.Kernel;

/// <summary>Where one version of a row comes from.</summary>
/// <param name="Version">1 at creation, +1 per change; of a deletion the version that was deleted.</param>
/// <param name="Operation">What made the version.</param>
/// <param name="Actor">The user who made it; empty when a row was deleted by hand in the database.<example>observer</example></param>
/// <param name="TokenId">The token that the user showed; null when there was none or it is not known any more.</param>
/// <param name="TokenName">The name of that token; null when it is not known here.<example>control room</example></param>
/// <param name="Transaction">The transaction that made it; null when none did.</param>
/// <param name="State">Where that transaction is on its way.</param>
/// <param name="Kind">What was asked for; null when the transaction is not known here, as everything below.<example>executions.start</example></param>
/// <param name="Site">The site that decided it.<example>observatory</example></param>
/// <param name="Epoch">Of that site's log; null for a direct write, like the position.</param>
/// <param name="Position">Its place in that log.</param>
/// <param name="OccurredAt">When the site accepted it, UTC.</param>
/// <param name="AppliedAt">When the main database recorded it, by its own clock, UTC; null while the database that was read does not have it.</param>
/// <param name="WalLsn">
/// Where the main database's write-ahead log was when it was first recorded, before its commit: a copy that lacks this place lacks the version.
/// Null as long as <c>applied_at</c> is, and for what was recorded before this was kept.<example>0/5D0A2C8</example>
/// </param>
/// <param name="SoftwareVersion">The build of OpsDb at the site that decided it; null where that did not say so.<example>0.1.0+2f6c1a9e04b7</example></param>
public sealed record Provenance(
    int Version, VersionOperation Operation, string Actor, Guid? TokenId, string? TokenName, Guid? Transaction, SyncState State, string? Kind, string? Site,
    Guid? Epoch, long? Position, DateTimeOffset OccurredAt, DateTimeOffset? AppliedAt, string? WalLsn, string? SoftwareVersion);

/// <summary>Knows what tokens are called.</summary>
public interface ITokenNames
{
    /// <summary>The names of those that the site's own database has.</summary>
    Task<IReadOnlyDictionary<Guid, string>> FindNamesAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct);
}
