using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpsDb.Catalogue;
using OpsDb.Cli;
using OpsDb.Csv;
using OpsDb.Health.Endpoints;
using OpsDb.Kernel;
using OpsDb.Migrations;
using OpsDb.Sessions.Endpoints;
using OpsDb.SiteBase;
using OpsDb.Transactions;
using OpsDb.Web;

namespace OpsDb.DataApi;

/// <summary>The data API: which components it is made of, and its verbs.</summary>
public static class DataApiBase
{
    public static Task<int> RunAsync(string[] args) => CommandRun.RunAsync(
        new RootCommand("The OpsDb data API of one site.")
        {
            Verbs.Serve(), SchemaVerbs.Migrate(), SchemaVerbs.Partitions(), SchemaVerbs.Schema(), UsersVerb.Create(), TokensVerb.Create(), AuditVerb.Create(),
            Verbs.Catalogue(), Verbs.Transactions(), ConfigVerb.Create(), Verbs.OpenApi(),
        },
        args, e => e is SettingsException or ProblemException or MigrationException);

    /// <summary>The settings, if they have no mistakes.</summary>
    /// <exception cref="SettingsException">They have; all mistakes at once.</exception>
    public static DataApiSettings ReadSettings() => OutsideSettings.Read(DataApiSettings.Read);

    /// <summary>The web application, ready to start.</summary>
    public static WebApplication Build(DataApiSettings settings)
    {
        // Empty: the other builders watch the working directory, and all below it, for a changed appsettings.json that nothing
        // reads; at / that is every file that any program of the machine writes.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddRouting();
        // Work never waits for the log: while nobody reads it, lines are dropped, and their number is told afterwards.
        builder.Services.Configure<ConsoleLoggerOptions>(o => o.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        builder.Logging.ClearProviders()
            .AddJsonConsole(o => (o.UseUtcTimestamp, o.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"))
            .SetMinimumLevel(settings.LogLevel);
        builder.AddWeb(settings.Web);
        builder.Services.AddSite(settings).AddTransactionProcessing().AddSignInProviders(settings.Providers);
        // What goes wrong before the start is told as the process ends, once and without a trace.
        var started = false;
        builder.Logging.AddFilter("Microsoft", level => level >= LogLevel.Warning && level >= settings.LogLevel && Volatile.Read(ref started));
        var app = builder.Build();
        app.Lifetime.ApplicationStarted.Register(() => Volatile.Write(ref started, true));
        app.UseWeb();
        app.MapAll();
        app.MapHealth(new(settings.MainHost, settings.LocalHost));
        app.MapWeb();
        return app;
    }

    /// <summary>Reads a folder of catalogue files and loads them.</summary>
    /// <exception cref="RefusalException">catalogue-invalid, naming each wrong row; nothing was loaded.</exception>
    public static async Task<CatalogueLoaded> LoadCatalogueAsync(DataApiSettings settings, string folder, CancellationToken ct) =>
        (await SubmitAsync(settings, new LoadCatalogue(CsvFiles.Read(folder, CatalogueLayouts.All)), ct)).Result;

    /// <summary>Writes the catalogue into a folder, in the form in which it is loaded.</summary>
    /// <returns>By file, how many rows it has.</returns>
    public static async Task<IReadOnlyDictionary<string, int>> ExportCatalogueAsync(DataApiSettings settings, string folder, CancellationToken ct)
    {
        IReadOnlyList<TextTable> tables = [];
        await UseAsync<CatalogueWriter>(settings, async writer => tables = await writer.WriteAsync(ct));
        CsvFiles.Write(folder, tables, CatalogueLayouts.All);
        return tables.ToDictionary(t => t.File, t => t.Rows.Count);
    }

    /// <summary>Runs one command on the main database as <c>system</c>.</summary>
    public static async Task<Receipt<T>> SubmitAsync<T>(DataApiSettings settings, ICommand<T> command, CancellationToken ct)
    {
        Receipt<T>? receipt = null;
        await UseAsync<ICommands>(settings, async commands => receipt = await commands.SubmitAsync(command, new(Actor.System), ct));
        return receipt!;
    }

    /// <summary>Gives a verb one of the components' services.</summary>
    public static Task UseAsync<TService>(Func<TService, Task> use) where TService : notnull => UseAsync(ReadSettings(), use);

    /// <summary>The same with given settings.</summary>
    public static async Task UseAsync<TService>(DataApiSettings settings, Func<TService, Task> use) where TService : notnull
    {
        var services = new ServiceCollection();
        services.AddLogging();
        await using var provider = services.AddSite(settings).BuildServiceProvider();
        await using var scope = provider.CreateAsyncScope();
        await use(scope.ServiceProvider.GetRequiredService<TService>());
    }
}
