using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Database;

public static class DatabaseRegistration
{
    public static IServiceCollection AddDatabase(this IServiceCollection services, DatabaseOptions options) => services
        .AddSingleton(options)
        .AddSingleton<Databases>()
        .AddSingleton<Executor>()
        .AddSingleton<SightSql>()
        .AddSingleton<IIdentities, PostgresIdentities>()
        .AddSingleton<SchemaDocument>();
}
