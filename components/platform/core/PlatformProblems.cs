using OpsDb.Kernel;
using static OpsDb.Kernel.ProblemKind;

namespace OpsDb.Platform;

/// <summary>What preferences and writes during maintenance are refused with.</summary>
public static class PlatformProblems
{
    public static readonly Problem Maintenance = new("maintenance", Unavailable, "Writes are refused for maintenance",
        "Repeat the request with the same Idempotency-Key when the maintenance is over; the detail says why it is.");
    public static readonly Problem PreferencesFull = new("preferences-full", Conflict, "The user has as many preferences as one may have",
        "Delete those that are not needed any more.");
}
