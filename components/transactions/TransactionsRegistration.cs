using Microsoft.Extensions.DependencyInjection;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

public static class TransactionsRegistration
{
    public static IServiceCollection AddTransactions(this IServiceCollection services, Site site, BufferOptions options, SchemaVersion schema)
    {
        if (site.Buffering)
            services.AddSingleton<IEventSource, LogEvents>();
        return services
            .AddProblems(typeof(TransactionProblems))
            .AddSingleton(site)
            .AddSingleton(options)
            .AddSingleton(schema)
            .AddSingleton<EntryReader>()
            .AddSingleton<TransactionLog>()
            .AddSingleton<Epochs>()
            .AddSingleton<Overlay>()
            .AddSingleton<HeldTransactionsCache>()
            .AddSingleton(typeof(SharedRead<>))
            .AddSingleton<Applier>()
            .AddSingleton<ProcessorSignal>()
            .AddSingleton<ProcessorState>()
            .AddSingleton<LsnTracker>()
            .AddSingleton<Durability>()
            .AddSingleton<Trimmer>()
            .AddSingleton<ApplyWait>()
            .AddSingleton<DatabaseProbe>()
            .AddSingleton<ISiteReporter, BufferReporter>()
            .AddScoped<RequestState>()
            .AddScoped<IConsistency>(p => p.GetRequiredService<RequestState>())
            .AddScoped<SnapshotReader>()
            .AddScoped<Narrowing>()
            .AddScoped<IChangeAccess, ChangeAccess>()
            .AddScoped(typeof(IReader<,>), typeof(MergedReader<,>))
            .AddScoped(typeof(IHistory<,>), typeof(MergedHistory<,>))
            .AddScoped<IReports, MergedReports>()
            .AddScoped<IReadTogether, MergedTogether>()
            .AddScoped<ITransactions, Transactions>()
            .AddHandlersAndRules(typeof(TransactionsRegistration).Assembly)
            .AddSingleton<Corrections>()
            .AddScoped<SiteVisibility>()
            .AddScoped<IInterventions, Interventions>()
            .AddScoped<DirectSink>()
            .AddScoped<BufferSink>()
            .AddScoped<ITransactionSink, TransactionSink>();
    }

    /// <summary>The work that goes on in the background of a serving process.</summary>
    public static IServiceCollection AddTransactionProcessing(this IServiceCollection services) => services
        .AddTransactionFollowing()
        .AddHostedService<Processor>()
        .AddHostedService(p => p.GetRequiredService<Trimmer>());

    /// <summary>
    /// What a process needs that reads and writes and leaves the applying to others: it sees how far the site's database is, and that Redis is safe.
    /// </summary>
    public static IServiceCollection AddTransactionFollowing(this IServiceCollection services) => services
        .AddHostedService(p => p.GetRequiredService<LsnTracker>())
        .AddHostedService(p => p.GetRequiredService<Durability>());
}
