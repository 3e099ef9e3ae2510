using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpsDb.Cli;
using OpsDb.DataFlow;
using OpsDb.Events;
using OpsDb.Jobs;
using OpsDb.Jobs.Cron;
using OpsDb.Jobs.Db;
using OpsDb.Kernel;
using OpsDb.Migrations;
using OpsDb.SiteBase;
using OpsDb.Stores.Disk;
using OpsDb.Stores.S3;
using OpsDb.Tokens;
using OpsDb.Transactions;
using OpsDb.Users;
using OpsDb.Users.Http;
using OpsDb.Users.Smtp;
using OpsDb.Webhooks;
using OpsDb.Webhooks.Http;

namespace OpsDb.BackgroundJobs;

/// <summary>The background jobs of a site: which components they are made of, and their verbs.</summary>
public static class JobsBase
{
    public static Task<int> RunAsync(string[] args) => CommandRun.RunAsync(
        new RootCommand("The background jobs of one OpsDb site.")
        {
            JobVerbs.Run(), JobVerbs.Serve(), JobVerbs.List(), JobVerbs.Status(), JobVerbs.History(), ReconcileVerb.Create(), RebuildVerb.Create(),
            JobVerbs.Config(),
        },
        args, e => e is SettingsException or ProblemException);

    /// <summary>The program, ready to start.</summary>
    /// <param name="serves">Whether it runs the jobs by their schedules.</param>
    /// <exception cref="SettingsException">The settings have a mistake.</exception>
    public static IHost Build(JobsSettings settings, bool serves)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.Configure<ConsoleLoggerOptions>(o =>
            (o.QueueFullMode, o.LogToStandardErrorThreshold) = (ConsoleLoggerQueueFullMode.DropWrite, LogLevel.Trace));
        builder.Logging.AddJsonConsole(o => (o.UseUtcTimestamp, o.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"))
            .AddFilter((category, level) => level >= settings.LogLevel && (level >= LogLevel.Warning || IsOurs(category)));
        // What is told to stop has 8 s, and the rest of the program a moment.
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(10));
        var services = builder.Services.AddSite(settings).AddTransactionFollowing()
            .AddJobRunner(settings.Jobs, settings.Work, settings.Site).AddCron()
            .AddUserJobs().AddTokenJobs()
            .AddDataFlow(settings.Packaging, settings.Bundles, settings.Verification, settings.Reconciliation).AddDiskStores().AddS3Stores()
            .AddSmtpMessages(settings.Smtp).AddMessageWebhook(settings.Webhook)
            .AddCredentials(settings.Credentials).AddWebhooksHttp()
            .AddScoped<IJob>(p => new MakePartitionsJob(settings.Database.Owner, p.GetRequiredService<TimeProvider>()));
        if (!settings.Site.Buffering)
            services.AddJobsDb();
        if (settings.Redis is not null)
            services.AddEventRelay().AddWebhookDelivery();
        if (serves)
            services.AddJobSchedule(Jobs(settings));
        return builder.Build();
    }

    /// <summary>The jobs that this process runs, each with when.</summary>
    /// <exception cref="SettingsException">The settings name others.</exception>
    public static IReadOnlyList<(IJob Job, string? Schedule)> Jobs(JobsSettings settings)
    {
        using var host = Build(settings, serves: false);
        using var scope = host.Services.CreateScope();
        return settings.Jobs.Of(scope.ServiceProvider.GetServices<IJob>(), settings.Site, host.Services.GetRequiredService<ICronExpressions>());
    }

    private static bool IsOurs(string? category) => category?.StartsWith("OpsDb", StringComparison.Ordinal) == true;

    /// <summary>Gives a verb one of the components' services, without anything that goes on beside it.</summary>
    internal static async Task UseAsync<TService>(JobsSettings settings, Func<TService, Task> use) where TService : notnull
    {
        using var host = Build(settings, serves: false);
        await using var scope = host.Services.CreateAsyncScope();
        await use(scope.ServiceProvider.GetRequiredService<TService>());
    }
}
