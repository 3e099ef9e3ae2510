namespace OpsDb.Servers;

/// <summary>Waits until a process answers.</summary>
public static class Readiness
{
    public static async Task WaitAsync(Uri url, string name, ServerProcess process, string log, TimeSpan deadline, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < deadline)
        {
            if (!process.IsRunning)
                throw new ServersException($"{name} ended: {await LastLineAsync(log, ct)} (log: {log})");
            if (await IsReadyAsync(http, url, ct))
                return;
            await Task.Delay(100, ct);
        }

        throw new ServersException($"{name} was not ready within {deadline.TotalSeconds} s ({url}; log: {log}).");
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, Uri url, CancellationToken ct)
    {
        try
        {
            using var response = await http.GetAsync(url, ct);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return false;
        }
    }

    private static async Task<string?> LastLineAsync(string log, CancellationToken ct) =>
        File.Exists(log) ? (await File.ReadAllLinesAsync(log, ct)).LastOrDefault(l => l.Length > 0) : null;
}
