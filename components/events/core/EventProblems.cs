using OpsDb.Kernel;
using static OpsDb.Kernel.ProblemKind;

namespace OpsDb.Events;

/// <summary>What those who ask for events are refused with.</summary>
public static class EventProblems
{
    public static readonly Problem EventsBusy = new("events-busy", Unavailable, "Too many connections are told of events",
        "Connect again after Retry-After, or ask for the events after a position now and then.");

    public static readonly Problem EventsUnavailable = new("events-unavailable", NotFound, "This site tells of no events",
        "Ask another site, or read the lists of what you want to follow; an administrator gives the site a Redis (REDIS_HOST).");
}
