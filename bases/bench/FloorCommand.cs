using System.CommandLine;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpsDb.Cli;
using StackExchange.Redis;

namespace OpsDb.Bench;

/// <summary>
/// The least that could store a write durably behind HTTP: a bare minimal-API endpoint that does one XADD of 600 bytes, with
/// the same Kestrel, the same Redis and the same Redis library as the data API. A process of its own, as the data API is one.
/// </summary>
internal static class FloorCommand
{
    public const string PasswordVariable = "OPSDB_BENCH_REDIS_PASSWORD";

    /// <summary>Connection strings; set where <c>--reads</c> is given.</summary>
    public const string MainVariable = "OPSDB_BENCH_MAIN", ReplicaVariable = "OPSDB_BENCH_REPLICA";

    /// <summary>Of one entry.</summary>
    public const int PayloadBytes = 600;
    private const string Stream = "bench:floor";

    public static Command Create()
    {
        var listen = new Option<int>("--listen") { Required = true };
        var redis = new Option<int>("--redis") { Required = true };
        var reads = new Option<bool>("--reads") { Description = "The endpoints that reads are compared with, instead." };
        return new Command("floor", "Serve the bare endpoint that the starts are compared with.") { Hidden = true, Options = { listen, redis, reads } }
            .Does((r, ct) => RunAsync(r.GetRequiredValue(listen), r.GetRequiredValue(redis), r.GetValue(reads), ct));
    }

    private static async Task RunAsync(int port, int redisPort, bool reads, CancellationToken ct)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
        {
            Password = Variable(PasswordVariable),
            EndPoints = { { IPAddress.Loopback, redisPort } },
        });
        var database = redis.GetDatabase();

        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        await using var app = builder.Build();
        app.MapGet("/health/ready", () => "ready");
        if (reads)
            BareReads.Map(app, database, Variable(MainVariable), Variable(ReplicaVariable));
        else
            MapStarts(app, database);
        await app.StartAsync(ct);
        await app.WaitForShutdownAsync(ct);
    }

    private static void MapStarts(WebApplication app, IDatabase redis)
    {
        var payload = new byte[PayloadBytes];
        Random.Shared.NextBytes(payload);
        app.MapPost("/api/v1/executions", async () =>
        {
            await redis.ExecuteAsync("XADD", Stream, "*", "t", payload);
            return Results.StatusCode(StatusCodes.Status202Accepted);
        });
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? throw new BenchException($"{name} is not set.");
}
