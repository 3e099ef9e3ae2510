using System.Text.Json;
using Npgsql;
using OpsDb.Database;

namespace OpsDb.Transactions;

/// <summary>A row that a refused transaction changes, as its site saw it and as the main database has it.</summary>
/// <param name="Entity">The table.<example>executed_obs_unit</example></param>
/// <param name="Key">The row's key as text.</param>
/// <param name="Seen">The fields that the change rests on, as they were seen.</param>
/// <param name="Stored">The same fields on the main database when it refused; null when the row is not there.</param>
public sealed record Conflict(string Entity, string Key, JsonElement Seen, JsonElement? Stored);

/// <summary>Why the main database refuses a transaction for good.</summary>
/// <param name="Code">
/// SQLSTATE; OD002 for a row that is not as it was seen, OD003 for a key that was used for another request, OD004 for a broken rule of the domain.
/// </param>
/// <param name="Constraint">The constraint or the table that was violated.</param>
/// <param name="Conflicts">For a row conflict, the rows that differ.</param>
/// <param name="Reason">What the database said; to who is no operator in words of our own.<example>the row is not as it was seen</example></param>
public sealed record Refusal(string Code, string? Constraint, string Reason, IReadOnlyList<Conflict> Conflicts)
{
    /// <summary>The same in words of our own, for who is no operator: what the database said may name what is in rows and schema.</summary>
    public Refusal ForReaders() => this with
    {
        Reason = Code switch
        {
            SqlState.RowConflict => "A row that it changes is not as it was when the change was accepted.",
            SqlState.KeyReused => KeyReused.Reason,
            SqlState.RuleBroken => Reason,
            SqlState.UniqueViolation => "Something with the same name or id exists already.",
            SqlState.ForeignKeyViolation => "It refers to a row that does not exist, or removes one that others refer to.",
            SqlState.ExclusionViolation => "It overlaps something that is there already.",
            "23502" => "It lacks a value that the main database demands.",
            "23514" => "A value breaks a rule of the main database.",
            _ when Code.StartsWith("22", StringComparison.Ordinal) => "The main database cannot store a value in it.",
            _ => "The main database refuses it.",
        },
    };

    internal static Refusal KeyReused { get; } =
        new(SqlState.KeyReused, "applied_transaction_key", "Its idempotency key was used before, for another request.", []);

    internal static Refusal From(PostgresException e, IReadOnlyList<Conflict> conflicts) =>
        new(e.SqlState, e.ConstraintName ?? e.TableName, e.MessageText, conflicts);
}
