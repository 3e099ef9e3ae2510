using OpsDb.Kernel;
using static OpsDb.Kernel.ProblemKind;

namespace OpsDb.Jobs;

/// <summary>What the recording of work is refused with.</summary>
public static class JobProblems
{
    public static readonly Problem ClaimLost = new("claim-lost", Conflict, "Another worker has the item now",
        "Stop working on it: what was done is not recorded, and whoever has it now does it.");
}
