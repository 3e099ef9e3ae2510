using System.Text.Json;
using Microsoft.Extensions.Logging;
using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.Redis;
using OpsDb.Tokens;
using OpsDb.Transactions;
using OpsDb.Web;

namespace OpsDb.DataApi;

/// <summary>Everything that the data API is told from outside.</summary>
/// <param name="Redis">Only at a secondary site.</param>
public sealed record DataApiSettings(Site Site, DatabaseOptions Database, RedisOptions? Redis, BufferOptions Buffer, TokenOptions Tokens, WebOptions Web, string MainHost, string LocalHost, LogLevel LogLevel)
{
    /// <summary>What works, and is not as it should be.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Reads and checks all settings; the mistakes are in <paramref name="settings"/>.</summary>
    public static DataApiSettings Read(Settings settings)
    {
        var site = Site.Read(settings);
        return new(site, DatabaseOptions.Read(settings, site), site.Type == SiteType.Secondary ? RedisOptions.Read(settings) : null,
            BufferOptions.Read(settings), TokenOptions.Read(settings), WebOptions.Read(settings),
            settings.Text("MAIN_DB_HOST", "", ""), settings.Text("LOCAL_DB_HOST", "", ""),
            settings.Choice<LogLevel>("LOG_LEVEL", LogLevel.Information, "the least important messages that are logged"))
        {
            Warnings = settings.Warnings,
        };
    }

    /// <summary>Environment variables first, then <c>.env</c>, then <c>opsdb.json</c>, both in the working directory.</summary>
    public static Settings FromOutside()
    {
        var file = File.Exists(".env") ? ReadEnv(File.ReadAllLines(".env")) : [];
        var json = File.Exists("opsdb.json") ? JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllText("opsdb.json"))! : [];
        return new(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value
            : file.TryGetValue(name, out var fromFile) ? fromFile
            : json.TryGetValue(name, out var element) ? element.ToString() : null);
    }

    private static Dictionary<string, string> ReadEnv(IEnumerable<string> lines) => lines
        .Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#' && l.Contains('=', StringComparison.Ordinal))
        .Select(l => l.Split('=', 2))
        .ToDictionary(p => p[0].Trim(), p => p[1].Trim().Trim('"'));
}

/// <summary>Settings that do not work, each with what is wrong.</summary>
public sealed class SettingsException(IReadOnlyList<string> mistakes)
    : Exception($"The settings have {mistakes.Count} mistake{(mistakes.Count == 1 ? "" : "s")}:\n{string.Join('\n', mistakes.Select(m => $"  {m}"))}");
