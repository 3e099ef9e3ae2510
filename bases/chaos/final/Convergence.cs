using System.Text;
using System.Text.Json;
using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>Waits until main has everything that the site accepted, and the replica has what main has.</summary>
internal static class Convergence
{
    private static readonly TimeSpan
        Deadline = TimeSpan.FromMinutes(3),
        Poll = TimeSpan.FromMilliseconds(100),
        RequestTimeout = TimeSpan.FromSeconds(10);

    /// <returns>Null, or what was still missing at the deadline.</returns>
    public static async Task<string?> WaitAsync(Installation installation, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = RequestTimeout, DefaultRequestHeaders = { Authorization = new("Bearer", installation.Token) } };
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var missing = await MissingAsync(installation, http, ct);
            if (missing is null)
                return null;
            if (TimeProvider.System.GetElapsedTime(started) > Deadline)
                return $"not within {Deadline.TotalSeconds} s: {missing}";
            await Task.Delay(Poll, ct);
        }
    }

    /// <summary>A processor that has stopped at a run of refusals waits for a person.</summary>
    private static async Task ContinueAsync(ApiServer api, HttpClient http, CancellationToken ct)
    {
        var health = JsonDocument.Parse(await http.GetStringAsync(new Uri(api.Address, "/health"), ct)).RootElement;
        if (health.GetProperty("background_processor").GetString() != "stopped")
            return;
        using var nothing = new StringContent("{}", Encoding.UTF8, "application/json");
        (await http.PostAsync(new Uri(api.Address, $"/api/v1/sites/{Installation.Site}/continue"), nothing, ct)).Dispose();
    }

    private static async Task<string?> MissingAsync(Installation installation, HttpClient http, CancellationToken ct)
    {
        try
        {
            foreach (var api in installation.Apis)
            {
                var ready = await http.GetAsync(new Uri(api.Address, "/health/ready"), ct);
                if (!ready.IsSuccessStatusCode)
                    return $"{api.Name} is not ready: {await ready.Content.ReadAsStringAsync(ct)}";
            }
            foreach (var api in installation.SiteApis)
            {
                await ContinueAsync(api, http, ct);
                var stats = JsonDocument.Parse(await http.GetStringAsync(new Uri(api.Address, "/buffer-stats"), ct)).RootElement;
                if (stats.GetProperty("pending_transactions").GetInt64() != 0 || stats.GetProperty("replica_lag_bytes").GetInt64() != 0)
                    return $"{api.Name} has {stats}";
            }
            var written = await installation.Primary.QueryAsync("select pg_current_wal_lsn()", ct);
            return await installation.Replica.QueryAsync($"select not pg_is_in_recovery() or pg_last_wal_replay_lsn() >= '{written}'::pg_lsn", ct) == "t"
                ? null
                : $"the replica has not replayed {written}";
        }
        catch (Exception e) when (e is HttpRequestException or ServersException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return e.Message;
        }
    }
}
