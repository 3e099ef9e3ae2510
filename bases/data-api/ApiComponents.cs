using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Audit.Endpoints;
using OpsDb.Copies.Endpoints;
using OpsDb.Events.Endpoints;
using OpsDb.Executions.Endpoints;
using OpsDb.Jobs.Endpoints;
using OpsDb.Locations.Endpoints;
using OpsDb.Nights.Endpoints;
using OpsDb.Observatories.Endpoints;
using OpsDb.ObsUnits.Endpoints;
using OpsDb.Platform.Endpoints;
using OpsDb.Programs.Endpoints;
using OpsDb.RawData.Endpoints;
using OpsDb.Scheduling.Endpoints;
using OpsDb.Sessions.Endpoints;
using OpsDb.SiteBase;
using OpsDb.Sources.Endpoints;
using OpsDb.Tokens.Endpoints;
using OpsDb.Transactions.Endpoints;
using OpsDb.Transfers.Endpoints;
using OpsDb.Users.Endpoints;
using OpsDb.Visibility.Endpoints;
using OpsDb.Weather.Endpoints;
using OpsDb.Webhooks.Endpoints;

namespace OpsDb.DataApi;

/// <summary>The endpoints of the data API: the one place where those of a new component are named.</summary>
public static class ApiComponents
{
    private static readonly Action<IEndpointRouteBuilder>[] All =
    [
        a => a.MapObservatories(),
        a => a.MapUsers(),
        a => a.MapPrograms(),
        a => a.MapSources(),
        a => a.MapObsUnits(),
        a => a.MapLocations(),
        a => a.MapExecutions(),
        a => a.MapWeather(),
        a => a.MapRawData(),
        a => a.MapCopies(),
        a => a.MapTransfers(),
        a => a.MapVisibility(),
        a => a.MapScheduling(),
        a => a.MapNights(),
        a => a.MapPlatform(),
        a => a.MapAudit(),
        a => a.MapJobs(),
        a => a.MapEvents(),
        a => a.MapWebhooks(),
        a => a.MapTokens(),
        a => a.MapDevices(),
        a => a.MapSessions(),
        a => a.MapTransactions(),
    ];

    /// <summary>What all components add of one kind, without starting anything.</summary>
    public static IReadOnlyList<T> Contributions<T>() where T : class =>
        [.. new ServiceCollection().AddSite(ApiDocument.Settings()).Select(s => s.ImplementationInstance).OfType<T>()];

    internal static void MapAll(this IEndpointRouteBuilder app)
    {
        foreach (var map in All)
            map(app);
    }
}
