using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using OpsDb.Servers;

namespace OpsDb.Stack;

/// <summary>Where data are: the sites and data locations of a stack, in the catalogue and on this machine.</summary>
internal sealed class StackPlaces(StackHome home, string mainUrl, string token)
{
    public const string Observatory = "observatory", Main = "main", Coast = "coast";

    /// <param name="objects">The address of the S3 service in which the archive at the coast is; null for a directory.</param>
    public async Task MakeAsync(Uri? objects, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = new(mainUrl) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var observatory = await SiteAsync(http, Observatory, "The observatory", ct);
        await DiskAsync(http, observatory, Observatory, "raw", "source", ct);
        await DiskAsync(http, observatory, Observatory, "output_buffer", "buffer", ct);
        var main = await SiteAsync(http, Main, "The main data centre", ct);
        await DiskAsync(http, main, Main, "input_buffer", "buffer", ct);
        await DiskAsync(http, main, Main, "archive", "long_term_archive", ct);
        await DiskAsync(http, main, Main, "scratch", "processing", ct, ("staging_quota_bytes", 10_000_000_000L));
        var coast = await SiteAsync(http, Coast, "The data centre at the coast", ct);
        await DiskAsync(http, coast, Coast, "input_buffer", "buffer", ct);
        if (objects is null)
        {
            await DiskAsync(http, coast, Coast, "archive", "long_term_archive", ct);
            return;
        }
        await LocationAsync(http, coast, "bucket_archive", "long_term_archive", new()
        {
            ["storage_type"] = "s3",
            ["endpoint_url"] = objects.ToString().TrimEnd('/'),
            ["bucket_name"] = StackObjects.Bucket,
            ["secret_name"] = StackObjects.SecretName,
        }, ct);
    }

    private async Task DiskAsync(
        HttpClient http, int site, string siteName, string name, string type, CancellationToken ct, params (string Name, object Value)[] more)
    {
        var path = Path.Combine(home.Folder, "data", siteName, name);
        ServersHome.CreatePrivate(path);
        await ServersHome.GiveToServersAsync(path, ct);
        await LocationAsync(http, site, name, type, new(more.Select(m => KeyValuePair.Create(m.Name, m.Value)))
        {
            ["storage_type"] = "disk",
            ["path"] = path,
        }, ct);
    }

    private static Task<int> SiteAsync(HttpClient http, string shortName, string name, CancellationToken ct) =>
        FindOrMakeAsync(http, "/api/v1/sites", $"short_name={shortName}", new() { ["name"] = name, ["short_name"] = shortName }, ct);

    private static Task<int> LocationAsync(HttpClient http, int site, string name, string type, Dictionary<string, object> fields, CancellationToken ct) =>
        FindOrMakeAsync(http, "/api/v1/data-locations", $"site_id={site}&name={name}", new(fields)
        {
            ["site_id"] = site,
            ["name"] = name,
            ["location_type"] = type,
            ["priority"] = 10,
        }, ct);

    private static async Task<int> FindOrMakeAsync(HttpClient http, string path, string filter, Dictionary<string, object> fields, CancellationToken ct)
    {
        var known = (await http.GetFromJsonAsync<JsonElement>($"{path}?{filter}", ct)).GetProperty("items");
        if (known.GetArrayLength() == 0)
            return await SendAsync(http, HttpMethod.Post, path, fields, null, ct);
        var (id, version) = (known[0].GetProperty("id").GetInt32(), known[0].GetProperty("version"));
        // The home was moved, or the ports are others.
        var moved = fields.Where(f => f.Key is "path" or "endpoint_url" && known[0].GetProperty(f.Key).GetString() != (string)f.Value).ToDictionary();
        return moved.Count == 0 ? id : await SendAsync(http, HttpMethod.Patch, $"{path}/{id}", moved, $"\"{version}\"", ct);
    }

    private static async Task<int> SendAsync(
        HttpClient http, HttpMethod method, string path, Dictionary<string, object> fields, string? ifMatch, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = JsonContent.Create(fields);
        if (method == HttpMethod.Patch)
            request.Content.Headers.ContentType = new("application/merge-patch+json");
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await http.SendAsync(request, ct);
        var answer = await response.Content.ReadAsStringAsync(ct);
        return response.IsSuccessStatusCode
            ? JsonSerializer.Deserialize<JsonElement>(answer).GetProperty("id").GetInt32()
            : throw new ServersException($"main answered {(int)response.StatusCode} to {method} {path}: {answer}");
    }
}
