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

namespace OpsDb.SiteBase;

/// <summary>What every program of a site is told from outside.</summary>
/// <param name="Redis">Only at a secondary site.</param>
public record SiteSettings(
    Site Site, DatabaseOptions Database, RedisOptions? Redis, BufferOptions Buffer, TokenOptions Tokens, SessionOptions Sessions,
    LogLevel LogLevel, FactBounds Facts, ObsCoreOptions ObsCore, ResolverOptions Resolvers)
{
    /// <summary>Which tokens of an identity provider are accepted.</summary>
    public ForeignTokenOptions ForeignTokens { get; init; } = new("", "");

    /// <summary>Whose users are mirrored.</summary>
    public UserSyncOptions UserSync { get; init; } = new(null, "", null, "", "");

    /// <summary>What works, and is not as it should be.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Reads and checks all settings; the mistakes are in <paramref name="settings"/>.</summary>
    public static SiteSettings Read(Settings settings)
    {
        var site = Site.Read(settings);
        var tokens = TokenOptions.Read(settings);
        return new(site, DatabaseOptions.Read(settings, site), site.Type == SiteType.Secondary ? RedisOptions.Read(settings) : null,
            BufferOptions.Read(settings), tokens, SessionOptions.Read(settings),
            settings.Choice<LogLevel>("LOG_LEVEL", LogLevel.Information, "the least important messages that are logged"),
            FactBounds.Read(settings), ObsCoreOptions.Read(settings), ResolverOptions.Read(settings))
        {
            ForeignTokens = ForeignTokenOptions.Read(settings, site, tokens.CacheTime),
            UserSync = UserSyncOptions.Read(settings),
            Warnings = settings.Warnings,
        };
    }
}
