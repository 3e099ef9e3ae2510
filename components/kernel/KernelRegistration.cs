using System.Reflection;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace OpsDb.Kernel;

public static class KernelRegistration
{
    public static IServiceCollection AddKernel(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddScoped<ServiceFactory>(p => p.GetRequiredService);
        services.TryAddScoped<IMediator, Mediator>();
        services.TryAddScoped<ICommands, Commands>();
        services.TryAddSingleton(FactBounds.Default);
        services.TryAddSingleton<RowValidation>();
        services.TryAddSingleton<PublishedSteps>();
        services.TryAddScoped<References>();
        services.TryAddScoped<Sight>();
        services.AddProblems(typeof(Problems));
        return services;
    }

    /// <summary>Registers the inside of a component: its handlers and its rules, found in its own assembly.</summary>
    public static IServiceCollection AddHandlersAndRules(this IServiceCollection services, Assembly assembly)
    {
        foreach (var type in assembly.GetTypes().Where(t => t is { IsAbstract: false, IsGenericTypeDefinition: false }))
        {
            foreach (var service in type.GetInterfaces().Where(i => i.IsGenericType))
            {
                if (service.GetGenericTypeDefinition() == typeof(IRequestHandler<,>))
                    services.AddScoped(service, type);
                else if (service.GetGenericTypeDefinition() == typeof(IValidator<>))
                    services.AddSingleton(service, type);
            }
        }
        return services;
    }

    /// <summary>Adds to the catalogue of problems what a class names.</summary>
    public static IServiceCollection AddProblems(this IServiceCollection services, Type holder) => services.AddSingleton(ProblemSet.Of(holder));

    /// <summary>Adds scopes to a role that every installation has.</summary>
    public static IServiceCollection AddToRole(this IServiceCollection services, string role, params string[] scopes) =>
        services.AddSingleton(new RoleScopes(role, scopes));

    public static IServiceCollection AddTable(this IServiceCollection services, Table table) => services.AddSingleton(table);
}
