using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Events;

public static class EventsRegistration
{
    /// <summary>What tells of events, where the site has streams for them.</summary>
    public static IServiceCollection AddEvents(this IServiceCollection services, EventOptions options) => services
        .AddProblems(typeof(EventProblems))
        .AddSingleton(options);

    /// <summary>What brings them there.</summary>
    public static IServiceCollection AddEventRelay(this IServiceCollection services) => services.AddJob<RelayEventsJob>();
}
