using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Audit;

/// <summary>How an action ended.</summary>
public enum AuditOutcome
{
    /// <summary>It was done.</summary>
    Done,

    /// <summary>Whoever wanted it was not let in.</summary>
    Refused,

    /// <summary>It was tried and did not succeed.</summary>
    Failed,
}

/// <summary>Who did what, when, from where, with what outcome. Never a secret, and never the value of a field.</summary>
public sealed record AuditEntry : Row<Guid>, IRow<AuditEntry>
{
    public static Table<AuditEntry> Table { get; } = new("audit_entry")
    {
        Noun = "entry of the audit trail",
        Resource = "audit",
        IsLarge = true,
        IsTrail = true,
        Filters =
        [
            Field.OneOf((AuditEntry e) => e.UserName, "by these users"),
            Field.OneOf((AuditEntry e) => e.TokenId, "with these tokens"),
            Field.OneOf((AuditEntry e) => e.Action, "with these actions"),
            Field.OneOf((AuditEntry e) => e.Outcome, "that ended so"),
            Field.OneOf((AuditEntry e) => e.Site, "at these sites"),
            Field.OneOf((AuditEntry e) => e.Target, "about these, each as table/key"),
            Field.From("at_from", (AuditEntry e) => e.At, "at or after"),
            Field.Before("at_before", (AuditEntry e) => e.At, "before"),
        ],
        Sorts = [Field.Sort((AuditEntry e) => e.At)],
        DefaultSort = "-at",
    };

    /// <summary>When, UTC, by the clock of the site.</summary>
    /// <example>2026-03-01T02:15:00Z</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>The site at which it was done, or about whose writes an operator decided.</summary>
    /// <example>telescope</example>
    public required string Site { get; init; }

    /// <summary>Who; null where the token was not known.</summary>
    /// <example>observer</example>
    public string? UserName { get; init; }

    /// <summary>The token with which it was asked for; null where it was not known, and for what the program does itself.</summary>
    public Guid? TokenId { get; init; }

    /// <summary>What: the kind of a write; refused, for a request that was not let in; transactions.retry and the like, for what operators do.</summary>
    /// <example>tokens.revoke</example>
    public required string Action { get; init; }

    /// <summary>How it ended.</summary>
    /// <example>done</example>
    public AuditOutcome Outcome { get; init; }

    /// <summary>The row or thing that it was done to, as table/key.</summary>
    /// <example>api_token/0198b3c4-7a5e-7c11-9d2e-5b1a3f6c8e01</example>
    public string? Target { get; init; }

    /// <summary>The address that the request came from.</summary>
    /// <example>192.0.2.7</example>
    public string? Address { get; init; }

    /// <summary>More of it: which fields changed; why a request was refused, and how often; an operator's note.</summary>
    public JsonElement? Detail { get; init; }
}
