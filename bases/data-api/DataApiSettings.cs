using System.Text.Json;
using Microsoft.Extensions.Logging;
using OpsDb.Database;
using OpsDb.ForeignTokens;
using OpsDb.Kernel;
using OpsDb.RawData;
using OpsDb.Redis;
using OpsDb.Sessions;
using OpsDb.Sources;
using OpsDb.Tokens;
using OpsDb.Transactions;
using OpsDb.Users;
using OpsDb.Web;

namespace OpsDb.DataApi;

/// <summary>Everything that the data API is told from outside.</summary>
/// <param name="Redis">Only at a secondary site.</param>
public sealed record DataApiSettings(
    Site Site, DatabaseOptions Database, RedisOptions? Redis, BufferOptions Buffer, TokenOptions Tokens, SessionOptions Sessions,
    ProviderOptions Providers, WebOptions Web, string MainHost, string LocalHost, LogLevel LogLevel, FactBounds Facts, ObsCoreOptions ObsCore,
    ResolverOptions Resolvers)
{
    /// <summary>Which tokens of an identity provider are accepted.</summary>
    public ForeignTokenOptions ForeignTokens { get; init; } = new("", "");

    /// <summary>Whose users are mirrored.</summary>
    public UserSyncOptions UserSync { get; init; } = new(null, "", null, "", "");

    /// <summary>What works, and is not as it should be.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Reads and checks all settings; the mistakes are in <paramref name="settings"/>.</summary>
    public static DataApiSettings Read(Settings settings)
    {
        var site = Site.Read(settings);
        var tokens = TokenOptions.Read(settings);
        return new(site, DatabaseOptions.Read(settings, site), site.Type == SiteType.Secondary ? RedisOptions.Read(settings) : null,
            BufferOptions.Read(settings), tokens, SessionOptions.Read(settings), ProviderOptions.Read(settings), WebOptions.Read(settings),
            settings.Text("MAIN_DB_HOST", "", ""), settings.Text("LOCAL_DB_HOST", "", ""),
            settings.Choice<LogLevel>("LOG_LEVEL", LogLevel.Information, "the least important messages that are logged"),
            FactBounds.Read(settings), ObsCoreOptions.Read(settings), ResolverOptions.Read(settings))
        {
            ForeignTokens = ForeignTokenOptions.Read(settings, site, tokens.CacheTime),
            UserSync = UserSyncOptions.Read(settings),
            Warnings = settings.Warnings,
        };
    }

    /// <summary>Environment variables first, then <c>.env</c>, then <c>opsdb.json</c>, both in the working directory.</summary>
    /// <exception cref="SettingsException">A file is there and cannot be read.</exception>
    public static Settings FromOutside()
    {
        var file = ReadFile(".env", path => ReadEnv(File.ReadAllLines(path)));
        var json = ReadFile("opsdb.json", path => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllText(path)) ?? []);
        return new(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value
            : file.TryGetValue(name, out var fromFile) ? fromFile
            : json.TryGetValue(name, out var element) ? element.ToString() : null);
    }

    private static Dictionary<string, T> ReadFile<T>(string path, Func<string, Dictionary<string, T>> read)
    {
        try
        {
            return File.Exists(path) ? read(path) : [];
        }
        catch (JsonException e)
        {
            throw new SettingsException([$"{path} is not a JSON object of names and values (line {e.LineNumber + 1})"]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException([$"{path} cannot be read: {e.Message}"]);
        }
    }

    private static Dictionary<string, string> ReadEnv(IEnumerable<string> lines)
    {
        var values = new Dictionary<string, string>();
        foreach (var line in lines.Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#' && l.Contains('=', StringComparison.Ordinal)))
        {
            var parts = line.Split('=', 2);
            values[parts[0].Trim()] = parts[1].Trim().Trim('"');
        }
        return values;
    }
}

/// <summary>Settings that do not work, each with what is wrong.</summary>
public sealed class SettingsException(IReadOnlyList<string> mistakes)
    : Exception(mistakes is [var only]
        ? $"The settings have a mistake: {only}"
        : $"The settings have {mistakes.Count} mistakes:\n{string.Join('\n', mistakes.Select(m => $"  {m}"))}");
