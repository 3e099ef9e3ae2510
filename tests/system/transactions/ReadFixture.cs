using OpsDb.TestKit;

namespace OpsDb.SystemTests.Transactions;

/// <summary>What tests of a site's reads have in common.</summary>
public abstract class ReadFixture : FaultFixture
{
    protected const string Lists = "/api/v1/executions?count=true";

    [TearDown]
    public async Task Resume()
    {
        if (await Installation.ReplicaAsync<bool>("select pg_is_in_recovery()"))
            await ReplayAsync();
    }

    protected Task PauseReplayAsync() => Installation.ReplicaAsync<string>("select pg_wal_replay_pause()::text");

    /// <summary>Lets the replica replay whatever kept it from doing so.</summary>
    protected async Task ReplayAsync()
    {
        await Servers.Replica!.QueryAsync("alter system reset recovery_min_apply_delay");
        await Installation.ReplicaAsync<bool>("select pg_reload_conf()");
        await Installation.ReplicaAsync<string>("select pg_wal_replay_resume()::text");
    }

    /// <summary>A write that goes to the main database wherever it is asked for.</summary>
    protected static async Task<TestAnswer> CreateSourceAsync(TestApi api, string name, string? key = null) =>
        await api.PostAsync("/api/v1/sources", new { name, type = "fixed", ra_deg = 1.5, dec_deg = 2.5 }, key, TestTokens.Admin);

    protected static string Path(TestAnswer created) => $"/api/v1/sources/{created.Body.GetProperty("id").GetInt32()}";

    protected static Task<TestAnswer> PreferAsync(TestApi api, string path, string preference) => api.GetAsync(path, null, ("Prefer", preference));

    protected static Task<TestAnswer> DemandAsync(TestApi api, string path, string token, string preference = "wait=0") =>
        api.GetAsync(path, null, ("OpsDb-Min-Consistency", token), ("Prefer", preference));

    protected async Task<string?> ReadFloorAsync() => (string?)await RedisAsync("HGET", "floor", "read_floor");
}
