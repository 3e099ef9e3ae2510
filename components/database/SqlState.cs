using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;
using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>What a failure of the database means, decided by SQLSTATE alone.</summary>
public static class SqlState
{
    /// <summary>Raised by <c>opsdb_expect</c>: the watermark is not where this processor thought.</summary>
    public const string WatermarkMoved = "OD001";

    /// <summary>Raised by <c>opsdb_expect</c>: a row is not as it was seen, or not there.</summary>
    public const string RowConflict = "OD002";

    /// <summary>An idempotency key that a buffered transaction brings was used for another request; never raised by PostgreSQL.</summary>
    public const string KeyReused = "OD003";

    /// <summary>Raised by <c>opsdb_refuse</c>: the statement breaks a rule of the domain, which the constraint's name tells.</summary>
    public const string RuleBroken = "OD004";

    public const string LockNotAvailable = "55P03";
    public const string UniqueViolation = "23505";
    public const string ForeignKeyViolation = "23503";
    public const string ExclusionViolation = "23P01";
    public const string ReadOnlyTransaction = "25006";

    /// <summary>A failure that a retry may cure: connection, serialisation, resources, lock time-out, shutdown, cancel, read-only server.</summary>
    public static bool IsTransient(Exception e) => e switch
    {
        OutageException => true,
        PostgresException { SqlState: LockNotAvailable } => true,
        _ => IsUnreachable(e),
    };

    /// <summary>A failure that will be the same tomorrow: bad data, a constraint, a conflict.</summary>
    public static bool IsPermanent(Exception e) => e is PostgresException p && (p.SqlState[..2] is "22" or "23" || p.SqlState is RowConflict or RuleBroken);

    /// <summary>
    /// The server cannot be reached, is starting or going down, does not answer in time, refuses this process, lacks the schema of this release, or
    /// gave up this time (40001 also when replay on a standby gets in a read's way).
    /// </summary>
    public static bool IsUnreachable(Exception e) => e switch
    {
        PostgresException p =>
            p.SqlState[..2] is "08" or "57" or "53" || p.SqlState is ReadOnlyTransaction or "40001" or "40P01" || IsRefusal(p) || IsSchemaOlder(p),
        NpgsqlException or SocketException or TimeoutException or IOException => true,
        _ => false,
    };

    /// <summary>
    /// The server answers, but not this process: user or password are wrong (28), the database does not exist (3D000), or the role lacks a
    /// right (42501).
    /// </summary>
    public static bool IsRefusal(Exception e) => e is PostgresException p && (p.SqlState[..2] == "28" || p.SqlState is "3D000" or "42501");

    /// <summary>
    /// The database lacks a table, schema, column or function (42P01, 3F000, 42703, 42883): nothing, or an earlier release, was migrated
    /// there.
    /// </summary>
    public static bool IsSchemaOlder(Exception e) => e is PostgresException { SqlState: "42P01" or "3F000" or "42703" or "42883" };

    public static OutageException Unreachable(Problem problem, Exception cause) =>
        new(problem, problem.Title + Why(cause), cause)
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        };

    private static string Why(Exception cause) =>
        IsRefusal(cause) ? ": the database refuses this process. Operators find the reason in health and in the log."
        : IsSchemaOlder(cause) ? ": the database does not have the schema of this release. Operators run migrate."
        : cause.InnerException is AuthenticationException ? ": its TLS certificate is not accepted."
        : " just now.";
}
