using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Catalogue;

public static class CatalogueRegistration
{
    /// <summary>Needs the insides of all components whose tables the catalogue fills.</summary>
    public static IServiceCollection AddCatalogue(this IServiceCollection services)
    {
        foreach (var form in CatalogueLayouts.Forms)
            services.AddScoped<CatalogueFile>(form.Open);
        return services.AddHandlersAndRules(typeof(LoadCatalogue).Assembly)
            .AddProblems(typeof(CatalogueProblems))
            .AddScoped(s => new CatalogueWriter(s.GetServices<CatalogueFile>(), s.GetRequiredService<IReadTogether>()));
    }
}
