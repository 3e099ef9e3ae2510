using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>
/// The data of one observation: written and registered while the link is cut, archived twice, unpacked for a scientist, and freed at the telescope.
/// </summary>
internal sealed class TourData(TourApi main, TourApi observatory, TourNight night)
{
    // What was not done is tried again after half a minute, and after two.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private const int Done = 200, Made = 201, Buffered = 202, Copies = 2;

    private readonly Dictionary<string, string> files = Enumerable.Range(1, 3)
        .ToDictionary(n => $"tour/{night.Name}/scan-{n}.fits", n => $"what the camera saw in scan {n} of {night.Name}\n");

    private Guid execution, package;
    private JsonElement raw;
    private string staged = "";

    private string Source => raw.GetProperty("path").GetString()!;

    /// <summary>Writes files as an instrument does, and tells the observatory of them.</summary>
    public async Task RegisterAsync(CancellationToken ct)
    {
        execution = night.Executions[^1].Id;
        raw = await LocationAsync(observatory, "raw", ct);
        foreach (var (path, content) in files)
        {
            var file = Path.Combine(Source, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, content, ct);
        }
        // Whoever frees the disk may delete them.
        await ServersHome.GiveToServersAsync(Path.Combine(Source, "tour"), ct);
        var unit = (await FoundAsync(observatory, $"/api/v1/executions/{execution}", ct)).GetProperty("obs_unit_id").GetInt32();
        var instrument = (await FoundAsync(observatory, $"/api/v1/obs-units/{unit}", ct)).GetProperty("instrument_id").GetInt32();
        var module = (await ItemsAsync(observatory, $"/api/v1/instrument-modules?instrument_id={instrument}", ct))[0].GetProperty("id").GetInt32();
        var registered = await WriteAsync(observatory, $"/api/v1/executions/{execution}/data", new
        {
            instrument_module_id = module,
            source_location_id = raw.GetProperty("id").GetInt32(),
            files = files.Select(f => new
            {
                relative_path = f.Key,
                size_bytes = Encoding.UTF8.GetByteCount(f.Value),
                checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(f.Value))),
            }),
            package = new { },
        }, ct);
        package = registered.GetProperty("package").GetGuid();
        await WriteAsync(observatory, $"/api/v1/raw-data-packages/{package}/finalize", new { file_count = files.Count }, ct);
    }

    /// <summary>The telescope goes on packing when nobody hears of it.</summary>
    public Task PackedAsync(CancellationToken ct) => UntilAsync("the package is built at the observatory", async () =>
        (await FoundAsync(observatory, $"/api/v1/raw-data-packages/{package}", ct)).GetProperty("build_status").GetString() == "completed", ct);

    public Task ArchivedAsync(CancellationToken ct) => UntilAsync($"{Copies} archives have a verified copy", async () =>
        (await CopiesAsync("location_type=long_term_archive&status=present&verified=true", ct)).Count == Copies, ct);

    /// <summary>Asks for the data where they can be worked on, and compares them byte by byte.</summary>
    public async Task StageAsync(CancellationToken ct)
    {
        var scratch = await LocationAsync(main, "scratch", ct);
        var job = (await WriteAsync(main, "/api/v1/staging-jobs", new
        {
            raw_data_package_ids = new[] { package },
            destination_location_id = scratch.GetProperty("id").GetInt32(),
            reason = "the tour looks at them",
        }, ct)).GetProperty("id").GetGuid();
        await UntilAsync("the data are staged", async () =>
            (await FoundAsync(main, $"/api/v1/staging-jobs/{job}", ct)).GetProperty("status").GetString() == "completed", ct);
        staged = Path.Combine(scratch.GetProperty("path").GetString()!, "staged", $"{package}");
        foreach (var (path, content) in files)
        {
            if (await File.ReadAllTextAsync(Path.Combine(staged, path), ct) != content)
                throw new TourException($"{path} is another file in {staged}");
        }
        await WriteAsync(main, $"/api/v1/staging-jobs/{job}/release", new { }, ct);
    }

    /// <summary>Once enough archives have them, an operator may free the disk of the instrument, however empty it is.</summary>
    public async Task FreeAsync(CancellationToken ct)
    {
        await WriteAsync(main, $"/api/v1/physical-copies/schedule-deletion?data_location_id={raw.GetProperty("id")}&status=present",
            new { reason = "the tour frees the disk" }, ct);
        await UntilAsync("the files of the instrument are gone", () => Task.FromResult(files.Keys.All(f => !File.Exists(Path.Combine(Source, f)))), ct);
        if ((await CopiesAsync("location_type=long_term_archive&status=present&verified=true", ct)).Count != Copies)
            throw new TourException("fewer archives have a verified copy than before");
    }

    private async Task<IReadOnlyList<JsonElement>> CopiesAsync(string filter, CancellationToken ct) =>
        await ItemsAsync(main, $"/api/v1/physical-copies?raw_data_package_id={package}&{filter}", ct);

    private static async Task<JsonElement> LocationAsync(TourApi api, string name, CancellationToken ct) =>
        await ItemsAsync(api, $"/api/v1/data-locations?name={name}", ct) is [var one] ? one : throw new TourException($"there is no location {name}");

    private static async Task<IReadOnlyList<JsonElement>> ItemsAsync(TourApi api, string path, CancellationToken ct) =>
        [.. (await FoundAsync(api, path, ct)).GetProperty("items").EnumerateArray()];

    private static async Task<JsonElement> FoundAsync(TourApi api, string path, CancellationToken ct)
    {
        var answer = await api.GetAsAdminAsync(path, ct);
        return answer.Status == Done ? answer.Body : throw api.Unexpected($"GET {path}", answer);
    }

    private static async Task<JsonElement> WriteAsync(TourApi api, string path, object body, CancellationToken ct)
    {
        var answer = await api.PostAsAdminAsync(path, body, ct);
        return answer.Status is Done or Made or Buffered ? answer.Body : throw api.Unexpected($"POST {path}", answer);
    }

    private static Task UntilAsync(string what, Func<Task<bool>> isSo, CancellationToken ct) => Deadlines.WaitAsync(isSo, what, ct, Deadline);
}
