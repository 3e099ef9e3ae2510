using Microsoft.Extensions.DependencyInjection;
using OpsDb.Catalogue;
using OpsDb.Csv;
using OpsDb.Executions;
using OpsDb.JsonSchemas;
using OpsDb.Kernel;
using OpsDb.Observatories;
using OpsDb.ObsUnits;
using OpsDb.Programs;
using OpsDb.Sources;
using OpsDb.Users;

namespace OpsDb.UnitTests;

/// <summary>The insides of the catalogue's components, on rows in memory.</summary>
internal sealed class Application(Action<IServiceCollection>? more = null) : IDisposable
{
    private readonly ServiceProvider services = With(more, new ServiceCollection()
        .AddKernel().AddObservatories().AddJsonSchemas().AddUsers().AddPrograms().AddSources().AddObsUnits().AddCsv().AddExecutions().AddCatalogue()
        .AddSingleton(new Site("main", SiteType.Main, false))
        .AddSingleton<IAccountRows, NoAccounts>()
        .AddSingleton<IUserIdentities, NoAccounts>()
        .AddSingleton<InMemoryDatabase>()
        .AddSingleton<ITransactionSink>(p => p.GetRequiredService<InMemoryDatabase>())
        .AddSingleton<IIdentities>(p => p.GetRequiredService<InMemoryDatabase>())
        .AddSingleton(typeof(IReader<,>), typeof(InMemoryRows<,>))
        .AddSingleton<IReadTogether, InMemoryTogether>())
        .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

    public InMemoryDatabase Database => services.GetRequiredService<InMemoryDatabase>();

    public Task<T> SubmitAsync<T>(ICommand<T> command, string? ifMatch = null) =>
        SubmitAsAsync(command, new(new Actor("test")) { Conditions = new(EntityTags.Parse("If-Match", ifMatch is null ? [] : [ifMatch])) });

    public async Task<T> SubmitAsAsync<T>(ICommand<T> command, Submission submission)
    {
        await using var scope = services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<ICommands>().SubmitAsync(command, submission, CancellationToken.None)).Result;
    }

    public async Task<RefusalException> RefusesAsync<T>(ICommand<T> command) => (await Assert.ThrowsAsync<RefusalException>(() => SubmitAsync(command)))!;

    public async Task<IReadOnlyList<TextTable>> WriteCatalogueAsync()
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<CatalogueWriter>().WriteAsync(CancellationToken.None);
    }

    private static IServiceCollection With(Action<IServiceCollection>? more, IServiceCollection services)
    {
        more?.Invoke(services);
        return services;
    }

    public void Dispose() => services.Dispose();

    private sealed class NoAccounts : IAccountRows, IUserIdentities
    {
        public Task<AccountRow?> FindAsync(string name, CancellationToken ct) => Task.FromResult<AccountRow?>(null);

        public Task<string?> FindNameAsync(string issuer, string subject, CancellationToken ct) => Task.FromResult<string?>(null);
    }
}
