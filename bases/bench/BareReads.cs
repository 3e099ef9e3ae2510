using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Npgsql;
using StackExchange.Redis;

namespace OpsDb.Bench;

/// <summary>
/// The least that could read executions behind HTTP: one select by Dapper, prepared as the data API's are, of the main database; or of the
/// replica, after one call of Redis.
/// </summary>
internal static class BareReads
{
    public const string Main = "/main/executions", Site = "/site/executions";

    private const string Select =
        """
        select id, obs_unit_id, status, start_time, end_time, mean_pwv_mm, mean_elevation_deg, quality, reason, comment, version, created_at, created_by,
               modified_at, modified_by, transaction_id
        from executed_obs_unit
        """;

    private static readonly string Page = $"{Select} order by start_time desc, id desc limit {ReadRow.Page}";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="main">A connection string, as the replica's.</param>
    public static void Map(WebApplication app, IDatabase redis, string main, string replica)
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        var (mainSource, replicaSource) = (NpgsqlDataSource.Create(main), NpgsqlDataSource.Create(replica));
        app.MapGet($"{Main}/{{id:guid}}", (Guid id) => GetAsync(mainSource, id));
        app.MapGet(Main, () => ListAsync(mainSource));
        app.MapGet($"{Site}/{{id:guid}}", async (Guid id) =>
        {
            await AskAsync(redis);
            return await GetAsync(replicaSource, id);
        });
        app.MapGet(Site, async () =>
        {
            await AskAsync(redis);
            return await ListAsync(replicaSource);
        });
    }

    private static Task AskAsync(IDatabase redis) => redis.StringGetAsync("bench:floor-read");

    private static async Task<IResult> GetAsync(NpgsqlDataSource source, Guid id)
    {
        await using var connection = await source.OpenConnectionAsync();
        return Results.Json(await connection.QuerySingleAsync<Execution>($"{Select} where id = @id", new { id }), Json);
    }

    private static async Task<IResult> ListAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        return Results.Json(new { items = await connection.QueryAsync<Execution>(Page) }, Json);
    }

    private sealed record Execution
    {
        public Guid Id { get; init; }

        public int ObsUnitId { get; init; }

        public string Status { get; init; } = "";

        public DateTime StartTime { get; init; }

        public DateTime? EndTime { get; init; }

        public double? MeanPwvMm { get; init; }

        public double? MeanElevationDeg { get; init; }

        public string? Quality { get; init; }

        public string? Reason { get; init; }

        public string? Comment { get; init; }

        public int Version { get; init; }

        public DateTime CreatedAt { get; init; }

        public string CreatedBy { get; init; } = "";

        public DateTime ModifiedAt { get; init; }

        public string ModifiedBy { get; init; } = "";

        public Guid TransactionId { get; init; }
    }
}
