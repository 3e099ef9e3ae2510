using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Programs.Db;

public static class ProgramsDbRegistration
{
    public static IServiceCollection AddProgramsDb(this IServiceCollection services) => services
        .AddScoped<IObservingPrograms, PostgresObservingPrograms>();
}
