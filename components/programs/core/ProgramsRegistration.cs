using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Programs;

public static class ProgramsRegistration
{
    public static IServiceCollection AddPrograms(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(ObservingProgram).Assembly)
        .AddEntity<ObservingProgram, int, CreateObservingProgram>()
        .AddEntity<SubObservingProgram, int, CreateSubObservingProgram>()
        .AddEntity<ProgramMember, int, CreateProgramMember>();
}
