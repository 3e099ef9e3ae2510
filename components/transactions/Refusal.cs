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
/// <param name="Code">SQLSTATE; OD002 for a row that is not as it was seen, OD003 for a key that was used for another request.</param>
/// <param name="Reason">In words.<example>the row is not as it was seen</example></param>
/// <param name="Constraint">The constraint or the table that was violated.</param>
/// <param name="Conflicts">For a row conflict, the rows that differ.</param>
public sealed record Refusal(string Code, string? Constraint, string Reason, IReadOnlyList<Conflict> Conflicts)
{
    internal static Refusal KeyReused { get; } = new(SqlState.KeyReused, "applied_transaction_key", "Its idempotency key was used before, for another request.", []);

    internal static Refusal From(PostgresException e, IReadOnlyList<Conflict> conflicts) =>
        new(e.SqlState, e.ConstraintName ?? e.TableName, e.MessageText, conflicts);
}

/// <summary>The main database refused a batch because of one of its transactions.</summary>
/// <param name="index">Which one, when the database tells.</param>
internal sealed class RefusedException(int? index, PostgresException cause) : Exception(cause.Message, cause)
{
    public int? Index { get; } = index;

    public PostgresException Cause { get; } = cause;
}

/// <summary>So many refusals of one kind in a row that the cause is not in the transactions.</summary>
internal sealed class SystemicFailureException(Refusal refusal, string kind, int count)
    : Exception($"{count} transactions {kind} in a row are refused with SQLSTATE {refusal.Code} {refusal.Constraint}: the cause is hardly in each of them. Remove it, or let the processor set them aside (transactions continue).");
