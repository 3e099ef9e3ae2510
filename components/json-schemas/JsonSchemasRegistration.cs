using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.JsonSchemas;

public static class JsonSchemasRegistration
{
    /// <summary>Registers <see cref="IJsonSchemas"/>.</summary>
    public static IServiceCollection AddJsonSchemas(this IServiceCollection services) => services.AddSingleton<IJsonSchemas, JsonSchemaChecks>();
}
