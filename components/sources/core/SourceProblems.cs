using OpsDb.Kernel;
using static OpsDb.Kernel.ProblemKind;

namespace OpsDb.Sources;

/// <summary>What questions about sources are refused with.</summary>
public static class SourceProblems
{
    public static readonly Problem NameUnknown = new("name-unknown", NotFound, "No resolver knows the name",
        "Check the name as the detail quotes it, or give the coordinates.");
    public static readonly Problem ResolverMissing = new("name-resolver-missing", Unavailable, "The site has no name resolver",
        "Ask the operators to set SOURCE_RESOLVERS, or give the coordinates.");
    public static readonly Problem ResolversUnreachable = new("name-resolvers-unreachable", Unavailable, "No name resolver has answered",
        "Repeat the request later, or give the coordinates; the detail says what is wrong with each.");
    public static readonly Problem ListInvalid = new("source-list-invalid", Rule, "The list of sources has wrong lines",
        "Correct the lines named in the detail; nothing was imported.");
}
