using Microsoft.Extensions.DependencyInjection;
using OpsDb.Access.Db;
using OpsDb.Audit;
using OpsDb.Audit.Db;
using OpsDb.Catalogue;
using OpsDb.Copies;
using OpsDb.Copies.Db;
using OpsDb.Csv;
using OpsDb.Database;
using OpsDb.Events;
using OpsDb.Events.Db;
using OpsDb.Events.RedisStreams;
using OpsDb.Executions;
using OpsDb.Executions.Db;
using OpsDb.ForeignTokens;
using OpsDb.ForeignTokens.Db;
using OpsDb.ForeignTokens.Http;
using OpsDb.Health;
using OpsDb.Jobs;
using OpsDb.JsonSchemas;
using OpsDb.Kernel;
using OpsDb.Locations;
using OpsDb.Migrations;
using OpsDb.Nights;
using OpsDb.Observatories;
using OpsDb.ObsUnits;
using OpsDb.Platform;
using OpsDb.Programs;
using OpsDb.RawData;
using OpsDb.RawData.Db;
using OpsDb.Redis;
using OpsDb.Scheduling;
using OpsDb.Sessions;
using OpsDb.Sessions.Db;
using OpsDb.Sources;
using OpsDb.Sources.Http;
using OpsDb.Tokens;
using OpsDb.Tokens.Db;
using OpsDb.Transactions;
using OpsDb.Transfers;
using OpsDb.Transfers.Db;
using OpsDb.Users;
using OpsDb.Users.Db;
using OpsDb.Users.Http;
using OpsDb.Visibility;
using OpsDb.Weather;
using OpsDb.Webhooks;
using OpsDb.Webhooks.Db;

namespace OpsDb.SiteBase;

/// <summary>
/// What every program of a site is made of, without a surface: whoever reads the site's log has to know all tables, and whoever changes something
/// has to keep all rules.
/// </summary>
public static class SiteComponents
{
    /// <summary>The components that need no settings: the one place where a new one is named.</summary>
    private static readonly Action<IServiceCollection>[] All =
    [
        s => s.AddObservatories().AddJsonSchemas(),
        s => s.AddUsers().AddUsersDb().AddUsersHttp(),
        s => s.AddPrograms().AddAccessDb(),
        s => s.AddSources().AddSourcesHttp(),
        s => s.AddObsUnits().AddCsv(),
        s => s.AddCatalogue(),
        s => s.AddLocations(),
        s => s.AddExecutions().AddExecutionsDb(),
        s => s.AddWeather(),
        s => s.AddRawData().AddRawDataDb(),
        s => s.AddCopies().AddCopiesDb(),
        s => s.AddTransfers().AddTransfersDb(),
        s => s.AddVisibility(),
        s => s.AddScheduling(),
        s => s.AddNights(),
        s => s.AddPlatform(),
        s => s.AddAudit().AddAuditDb(),
        s => s.AddJobs(),
        s => s.AddWebhooks().AddWebhooksDb(),
    ];

    /// <summary>All components of a site.</summary>
    public static IServiceCollection AddSite(this IServiceCollection services, SiteSettings settings)
    {
        services
            .AddSingleton(settings.Facts)
            .AddSingleton(settings.ObsCore)
            .AddSingleton(settings.Resolvers)
            .AddUserSync(settings.UserSync)
            .AddKernel()
            .AddHealth()
            .AddDatabase(settings.Database)
            .AddRedis(settings.Redis ?? RedisOptions.None)
            .AddMemory(settings)
            .AddTransactions(settings.Site, settings.Buffer, new(Migrator.Newest))
            .AddTokens(settings.Tokens).AddTokensDb()
            .AddForeignTokens(settings.ForeignTokens).AddForeignTokensDb().AddForeignTokensHttp()
            .AddSessions(settings.Sessions).AddSessionsDb();
        foreach (var add in All)
            add(services);
        services.AddEvents(settings.Events).AddEventsDb();
        if (settings.Redis is not null)
            services.AddEventStreams();
        return services;
    }

    private static IServiceCollection AddMemory(this IServiceCollection services, SiteSettings settings) =>
        settings.Site.Type == SiteType.Main ? services.AddDatabaseMemory() : services.AddRedisMemory();
}
