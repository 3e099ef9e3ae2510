namespace OpsDb.Kernel;

/// <summary>What a decision does to a row of a table that is <see cref="Table.Audited"/>.</summary>
/// <param name="Target">Table and key: <c>api_token/…</c>.</param>
/// <param name="Fields">The fields that change, by name, without the private ones; none of a row that comes or goes.</param>
public sealed record AuditedChange(string Target, StepOperation Operation, IReadOnlyList<string> Fields);

/// <summary>Keeps who did what to audited tables. Without one nothing is kept.</summary>
public interface IAuditTrail
{
    /// <summary>The rows that tell of a decision: they are stored together with it, or neither is.</summary>
    /// <param name="action">The kind of the command.</param>
    /// <param name="at">When it was decided.</param>
    Changes Tell(IReadOnlyList<AuditedChange> changes, string action, Submission submission, DateTimeOffset at);
}

/// <summary>Requests that were not let in, for one reason and from one origin. All but their number is that of the latest.</summary>
/// <param name="Reason">A problem's code, or token-revoked.</param>
/// <param name="Actor">Whose token it was, where that is known.</param>
/// <param name="Path">Without parameters, its beginning.</param>
/// <param name="Address">Of the caller; empty where there is none.</param>
/// <param name="Count">How many since they were told of last.</param>
public sealed record RefusedRequests(string Reason, Actor? Actor, string Method, string Path, string Address, string Trace, int Count = 1);

/// <summary>Is told of requests that were not let in, a few times a minute for each reason and origin. It does not keep its caller waiting.</summary>
public interface IRefusals
{
    void Tell(RefusedRequests refused);
}
