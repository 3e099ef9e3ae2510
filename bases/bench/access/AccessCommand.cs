using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpsDb.Access.Db;
using OpsDb.Cli;
using OpsDb.Database;
using OpsDb.Executions;
using OpsDb.Health;
using OpsDb.Kernel;
using OpsDb.Migrations;
using OpsDb.ObsUnits;
using OpsDb.Programs;
using OpsDb.Redis;
using OpsDb.Sessions;
using OpsDb.Sessions.Db;
using OpsDb.Tokens;
using OpsDb.Tokens.Db;
using OpsDb.Transactions;
using OpsDb.Users;
using OpsDb.Users.Db;
using OpsDb.Web;

namespace OpsDb.Bench;

/// <summary>
/// Executions by the data API's own components, each at two addresses: one that asks who is calling, and one that anybody may read. A process of
/// its own, as the data API is one.
/// </summary>
internal static class AccessCommand
{
    public const string Checked = "/api/v1/executions", Open = "/api/v1/open-executions";

    public static Command Create() =>
        new Command("access", "Serve what the checks of callers are measured with.") { Hidden = true }.Does((_, ct) => RunAsync(ct));

    private static async Task RunAsync(CancellationToken ct)
    {
        var settings = new Settings(Environment.GetEnvironmentVariable);
        var site = Site.Read(settings);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        builder.AddWeb(WebOptions.Read(settings));
        builder.Services.AddSingleton(FactBounds.Read(settings))
            .AddKernel().AddHealth().AddDatabase(DatabaseOptions.Read(settings, site)).AddRedis(RedisOptions.None).AddDatabaseMemory()
            .AddTransactions(site, BufferOptions.Read(settings), new(Migrator.Newest))
            .AddTokens(TokenOptions.Read(settings)).AddTokensDb()
            .AddSessions(Sessions.SessionOptions.Read(settings)).AddSessionsDb()
            .AddUsers().AddUsersDb().AddAccessDb().AddPrograms().AddObsUnits().AddExecutions();
        await using var app = builder.Build();
        app.UseWeb();
        Map(app, Checked, "Checked", e => e.Needs("read:executions"));
        Map(app, Open, "Open", e => e.IsPublic());
        app.MapGet("/health/ready", () => "ready").IsPublic();
        await app.StartAsync(ct);
        await app.WaitForShutdownAsync(ct);
    }

    private static void Map(WebApplication app, string path, string name, Action<RouteHandlerBuilder> allow)
    {
        allow(app.MapGet(path, EntityHandlers.List<Execution, Guid>()).Lists<Execution>("Lists executions").WithName($"list{name}"));
        allow(app.MapGet($"{path}/{{id:guid}}", EntityHandlers.Get<Execution, Guid>()).Gets<Execution>("Gets an execution").WithName($"get{name}"));
    }
}
