using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Access.Db;
using OpsDb.Audit;
using OpsDb.Audit.Db;
using OpsDb.Audit.Endpoints;
using OpsDb.Catalogue;
using OpsDb.Copies;
using OpsDb.Copies.Db;
using OpsDb.Copies.Endpoints;
using OpsDb.Csv;
using OpsDb.Executions;
using OpsDb.Executions.Db;
using OpsDb.Executions.Endpoints;
using OpsDb.JsonSchemas;
using OpsDb.Locations;
using OpsDb.Locations.Endpoints;
using OpsDb.Nights;
using OpsDb.Nights.Endpoints;
using OpsDb.Observatories;
using OpsDb.Observatories.Endpoints;
using OpsDb.ObsUnits;
using OpsDb.ObsUnits.Endpoints;
using OpsDb.Platform;
using OpsDb.Platform.Endpoints;
using OpsDb.Programs;
using OpsDb.Programs.Endpoints;
using OpsDb.RawData;
using OpsDb.RawData.Db;
using OpsDb.RawData.Endpoints;
using OpsDb.Scheduling;
using OpsDb.Scheduling.Endpoints;
using OpsDb.Sources;
using OpsDb.Sources.Endpoints;
using OpsDb.Sources.Http;
using OpsDb.Transfers;
using OpsDb.Transfers.Db;
using OpsDb.Transfers.Endpoints;
using OpsDb.Users;
using OpsDb.Users.Db;
using OpsDb.Users.Endpoints;
using OpsDb.Users.Http;
using OpsDb.Visibility;
using OpsDb.Visibility.Endpoints;
using OpsDb.Weather;
using OpsDb.Weather.Endpoints;

namespace OpsDb.DataApi;

/// <summary>One component of the data API.</summary>
/// <param name="Add">Its services and what it adds to what all components have in common: problems, roles, health, measurements.</param>
/// <param name="Map">Its endpoints, if it has some.</param>
public sealed record ApiComponent(Action<IServiceCollection> Add, Action<IEndpointRouteBuilder>? Map = null);

/// <summary>The components of the data API that need no settings: the one place where a new one is named.</summary>
public static class ApiComponents
{
    public static IReadOnlyList<ApiComponent> All { get; } =
    [
        new(s => s.AddObservatories().AddJsonSchemas(), a => a.MapObservatories()),
        new(s => s.AddUsers().AddUsersDb().AddUsersHttp(), a => a.MapUsers()),
        new(s => s.AddPrograms().AddAccessDb(), a => a.MapPrograms()),
        new(s => s.AddSources().AddSourcesHttp(), a => a.MapSources()),
        new(s => s.AddObsUnits().AddCsv(), a => a.MapObsUnits()),
        new(s => s.AddCatalogue()),
        new(s => s.AddLocations(), a => a.MapLocations()),
        new(s => s.AddExecutions().AddExecutionsDb(), a => a.MapExecutions()),
        new(s => s.AddWeather(), a => a.MapWeather()),
        new(s => s.AddRawData().AddRawDataDb(), a => a.MapRawData()),
        new(s => s.AddCopies().AddCopiesDb(), a => a.MapCopies()),
        new(s => s.AddTransfers().AddTransfersDb(), a => a.MapTransfers()),
        new(s => s.AddVisibility(), a => a.MapVisibility()),
        new(s => s.AddScheduling(), a => a.MapScheduling()),
        new(s => s.AddNights(), a => a.MapNights()),
        new(s => s.AddPlatform(), a => a.MapPlatform()),
        new(s => s.AddAudit().AddAuditDb(), a => a.MapAudit()),
    ];

    /// <summary>What all components add of one kind, without starting anything.</summary>
    public static IReadOnlyList<T> Contributions<T>() where T : class =>
    [
        .. DataApiBase.AddComponents(new ServiceCollection(), ApiDocument.Settings()).Select(s => s.ImplementationInstance).OfType<T>(),
    ];

    internal static IServiceCollection AddAll(this IServiceCollection services, IReadOnlyList<ApiComponent> components)
    {
        foreach (var component in components)
            component.Add(services);
        return services;
    }
}
