using Npgsql;

namespace OpsDb.Transactions;

/// <summary>The main database refused a batch because of one of its transactions.</summary>
/// <param name="index">Which one, when the database tells.</param>
internal sealed class RefusedException(int? index, PostgresException cause) : Exception(cause.Message, cause)
{
    public int? Index { get; } = index;

    public PostgresException Cause { get; } = cause;
}

/// <summary>So many refusals of one kind in a row that the cause is not in the transactions.</summary>
internal sealed class SystemicFailureException(Refusal refusal, string kind, int count)
    : Exception($"{count} transactions {kind} in a row are refused with SQLSTATE {refusal.Code} {refusal.Constraint}: the cause is hardly in each of them. "
        + "Remove it, or let the processor set them aside (transactions continue).");
