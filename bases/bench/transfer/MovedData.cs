using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using OpsDb.Servers;

namespace OpsDb.Bench;

/// <summary>Directories of two sites, a telescope and a data centre, and the files that an instrument writes there.</summary>
internal sealed partial class MovedData
{
    private const string Near = "benchnear", Far = "benchfar";

    private readonly BenchSite site;
    private readonly Endpoint api;
    private readonly BenchData data;
    private readonly int location;

    private MovedData(BenchSite site, Endpoint api, BenchData data, int location, string folder) =>
        (this.site, this.api, this.data, this.location, Folder) = (site, api, data, location, folder);

    /// <summary>Below which all of it is.</summary>
    public string Folder { get; }

    public string Raw => PathOf(Near, "raw");

    public string Buffer => PathOf(Near, "buffer");

    /// <param name="api">Of main.</param>
    public static async Task<MovedData> MakeAsync(BenchSite site, Endpoint api, CancellationToken ct)
    {
        var data = await BenchData.WithAsync(site, 0, ct);
        var folder = Path.Combine(Path.GetTempPath(), $"opsdb-bench-{Guid.NewGuid():n}");
        var moved = new MovedData(site, api, data, 0, folder);
        var location = 0;
        foreach (var (place, name, type) in ((string, string, string)[])
            [(Near, "raw", "source"), (Near, "buffer", "buffer"), (Far, "buffer", "buffer"), (Far, "archive", "long_term_archive")])
        {
            Directory.CreateDirectory(moved.PathOf(place, name));
            var id = await site.MainAsync<int>(string.Create(CultureInfo.InvariantCulture, $"""
                insert into site (name, short_name, version, created_at, created_by, modified_at, modified_by, transaction_id)
                values ('{place}', '{place}', 1, now(), 'bench', now(), 'bench', gen_random_uuid()) on conflict do nothing;
                insert into data_location (site_id, name, location_type, storage_type, priority, active, path,
                  version, created_at, created_by, modified_at, modified_by, transaction_id)
                select id, '{name}', '{type}', 'disk', 1, true, '{moved.PathOf(place, name)}', 1, now(), 'bench', now(), 'bench', gen_random_uuid()
                from site where short_name = '{place}' returning id
                """), ct);
            location = name == "raw" ? id : location;
        }
        return new(site, api, data, location, folder);
    }

    /// <summary>Writes files of random content, and registers and finalizes them as one package.</summary>
    /// <returns>The directory with the files.</returns>
    public async Task<string> WriteAsync(int files, int kibibytes, CancellationToken ct)
    {
        var execution = (await data.NewExecutionsAsync(1, ct))[0];
        var folder = Path.Combine(Raw, $"{execution}");
        Directory.CreateDirectory(folder);
        var content = RandomNumberGenerator.GetBytes(Math.Min(kibibytes, 1024) * 1024);
        var registered = new List<object>();
        for (var n = 0; n < files; n++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"scan-{n:00000}.fits");
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (var file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew))
            {
                for (var left = kibibytes * 1024L; left > 0; left -= content.Length)
                {
                    BitConverter.TryWriteBytes(content, left + n);
                    await file.WriteAsync(content, ct);
                    hash.AppendData(content);
                }
            }
            registered.Add(new
            {
                relative_path = $"{execution}/{name}",
                size_bytes = kibibytes * 1024L,
                checksum = Convert.ToHexStringLower(hash.GetHashAndReset()),
            });
        }
        var package = (await PostAsync($"executions/{execution}/data", new
        {
            instrument_module_id = data.Module,
            source_location_id = location,
            package = new { },
            files = registered,
        }, ct)).GetProperty("package").GetGuid();
        await PostAsync($"raw-data-packages/{package}/finalize", new { file_count = files }, ct);
        return folder;
    }

    /// <summary>Runs a job of the telescope once, in a process of its own.</summary>
    /// <returns>Seconds, without the start of the process.</returns>
    public Task<double> RunNearAsync(string job, CancellationToken ct) => RunAsync(Near, job, ct);

    /// <summary>The same of the data centre.</summary>
    public Task<double> RunFarAsync(string job, CancellationToken ct) => RunAsync(Far, job, ct);

    /// <summary>What anybody would do without OpsDb: copies all files of a directory, and computes the checksums of the copies.</summary>
    /// <returns>Seconds.</returns>
    public async Task<double> CopyBarelyAsync(string folder, CancellationToken ct)
    {
        var to = Path.Combine(Folder, "bare");
        var started = TimeProvider.System.GetTimestamp();
        await ProgramRun.ReadAsync(["cp", "-r", folder, to], ct: ct);
        await ProgramRun.ReadAsync(["sh", "-c", "find \"$0\" -type f -print0 | xargs -0 sha256sum", to], ct: ct);
        var took = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        Directory.Delete(to, recursive: true);
        return took;
    }

    public void Delete() => Directory.Delete(Folder, recursive: true);

    private string PathOf(string place, string name) => Path.Combine(Folder, place, name);

    private async Task<double> RunAsync(string place, string job, CancellationToken ct)
    {
        var output = await site.RunJobAsync(job, new Dictionary<string, string> { ["JOBS_SITE"] = place, ["BUNDLE_AGE"] = "0" }, ct);
        return Seconds().Match(output) is { Success: true } match
            ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : throw new BenchException($"opsdb-jobs run {job}: {output}");
    }

    private async Task<JsonElement> PostAsync(string path, object body, CancellationToken ct)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(2) };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{api.Port}/api/v1/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", site.Token);
        request.Headers.Add("Idempotency-Key", $"{Guid.CreateVersion7()}");
        request.Content = JsonContent.Create(body);
        using var response = await http.SendAsync(request, ct);
        var answer = await response.Content.ReadAsStringAsync(ct);
        return response.IsSuccessStatusCode
            ? JsonSerializer.Deserialize<JsonElement>(answer)
            : throw new BenchException($"POST {path} was answered with {answer}");
    }

    [GeneratedRegex(@": done, [1-9]\d* done, 0 failed, ([0-9.]+) s")]
    private static partial Regex Seconds();
}
