using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Catalogue;

public static class CatalogueRegistration
{
    /// <summary>Needs the insides of all components whose tables the catalogue fills.</summary>
    public static IServiceCollection AddCatalogue(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(LoadCatalogue).Assembly)
        .AddProblems(typeof(CatalogueProblems))
        // In the order in which they refer to each other.
        .AddScoped<CatalogueFile, ObservatoryFile>()
        .AddScoped<CatalogueFile, TelescopeFile>()
        .AddScoped<CatalogueFile, InstrumentFile>()
        .AddScoped<CatalogueFile, InstrumentModuleFile>()
        .AddScoped<CatalogueFile, ProgramFile>()
        .AddScoped<CatalogueFile, SourceFile>()
        .AddScoped<CatalogueFile, ObsModeFile>()
        .AddScoped<CatalogueFile, ObsUnitFile>();
}
