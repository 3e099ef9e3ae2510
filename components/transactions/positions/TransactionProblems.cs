using OpsDb.Kernel;
using static OpsDb.Kernel.ProblemKind;

namespace OpsDb.Transactions;

/// <summary>What the buffer, and reads that must be as new as it, are refused with.</summary>
public static class TransactionProblems
{
    public static readonly Problem ConsistencyLost = new("consistency-lost", VersionMismatch,
        "The state that was asked for belongs to the past of another database",
        "Forget the token and read without OpsDb-Min-Consistency; after a failover some of what was read before may not be there.");

    public static readonly Problem KeyReused = new("idempotency-key-reused", Rule, "The idempotency key was used for another request",
        "Use a new key for a new request; repeat a request with exactly the same body.");

    public static readonly Problem BufferUnavailable = new("buffer-unavailable", Unavailable, "The site's buffer cannot be reached",
        "Repeat the request with the same Idempotency-Key.");

    public static readonly Problem OutcomeUnknown = new("outcome-unknown", Unavailable, "It is not known whether the write was stored",
        "Repeat the request with the same Idempotency-Key: it is stored once, whatever happened.");

    public static readonly Problem BufferFull = new("buffer-full", Unavailable, "The site's buffer is full",
        "Wait until the link to the main site is back.");

    public static readonly Problem TooMuchPending = new("too-much-pending", TooMany, "One user has filled their share of the site's buffer",
        "Wait until the main site has what is pending; others can still write.");

    public static readonly Problem BufferNotDurable = new("buffer-not-durable", Unavailable, "The site's buffer could lose what it acknowledges",
        "Tell the operators; /api/v1/site/health names the settings of Redis that are too weak.");

    public static readonly Problem NewerRelease = new("newer-release", Unavailable, "The site's log holds entries of a newer release",
        "Ask another process of the site, or tell the operators to upgrade this one.");

    public static readonly Problem NotThisStream = new("stream-changed", Unavailable, "The site's log has changed its identity",
        "Repeat the request; if this goes on, tell the operators.");

    public static readonly Problem NotYetConsistent = new("not-yet-consistent", Unavailable, "The site does not have a state this new yet",
        "Repeat the request, or send Prefer: stale to be answered from an older state.");
}
