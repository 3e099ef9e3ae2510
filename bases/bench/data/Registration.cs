using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace OpsDb.Bench;

/// <summary>One request that makes files of an execution known, in one package.</summary>
internal sealed record Registration(Guid Execution, byte[] Body)
{
    /// <summary>Files of those that come before anything is measured, for the compiler.</summary>
    private const int WarmUpFiles = 1000;

    private const int WarmUps = 5;

    public double BodyMebibytes => Body.Length / Memory.Mebibyte;

    /// <summary>One for each of some new executions.</summary>
    public static async Task<IReadOnlyList<Registration>> NewAsync(BenchData data, int count, int files, CancellationToken ct) =>
        [.. (await data.NewExecutionsAsync(count, ct)).Select(e => Of(data, e, files))];

    /// <summary>Lets the compiler do its work on registrations.</summary>
    public static async Task WarmUpAsync(BenchSite site, BenchData data, Endpoint api, CancellationToken ct)
    {
        foreach (var registration in await NewAsync(data, WarmUps, WarmUpFiles, ct))
            await registration.SendAsync(site, api, ct);
    }

    /// <returns>Seconds until the answer, which is whole.</returns>
    /// <exception cref="BenchException">It was refused.</exception>
    public async Task<double> SendAsync(BenchSite site, Endpoint api, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{api.Port}{Reads.Executions}/{Execution}/data")
        {
            Headers = { Authorization = new("Bearer", site.Token) },
            Content = new ByteArrayContent(Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Add("Idempotency-Key", $"{Guid.CreateVersion7()}");
        var started = TimeProvider.System.GetTimestamp();
        using var response = await http.SendAsync(request, ct);
        var took = TimeProvider.System.GetElapsedTime(started);
        return response.IsSuccessStatusCode
            ? took.TotalSeconds
            : throw new BenchException($"A registration was answered after {took.TotalSeconds:0.0} s with {await response.Content.ReadAsStringAsync(ct)}");
    }

    private static Registration Of(BenchData data, Guid execution, int files)
    {
        // A path is there once at its location, whatever the execution.
        var folder = RandomNumberGenerator.GetHexString(8, lowercase: true);
        var text = new StringBuilder(
            $$"""{"instrument_module_id":{{data.Module}},"source_location_id":{{data.Location}},"package":{},"files":[""");
        for (var i = 0; i < files; i++)
        {
            var checksum = RandomNumberGenerator.GetHexString(64, lowercase: true);
            text.Append(i == 0 ? "" : ",").Append(
                $$"""{"relative_path":"{{folder}}/scan-{{i:000000}}.fits","size_bytes":104857600,"checksum":"{{checksum}}","file_type":"science"}""");
        }
        return new(execution, Encoding.ASCII.GetBytes(text.Append("]}").ToString()));
    }
}
