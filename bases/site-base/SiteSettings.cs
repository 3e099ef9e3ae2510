using Microsoft.Extensions.Logging;
using OpsDb.Database;
using OpsDb.Events;
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
/// <param name="Redis">A main site may have none.</param>
public record SiteSettings(
    Site Site, DatabaseOptions Database, RedisOptions? Redis, BufferOptions Buffer, TokenOptions Tokens, SessionOptions Sessions,
    LogLevel LogLevel, FactBounds Facts, ObsCoreOptions ObsCore, ResolverOptions Resolvers)
{
    /// <summary>Which tokens of an identity provider are accepted.</summary>
    public ForeignTokenOptions ForeignTokens { get; init; } = new("", "");

    /// <summary>Whose users are mirrored.</summary>
    public UserSyncOptions UserSync { get; init; } = new(null, "", null, "", "");

    /// <summary>How much of what happens is kept and told.</summary>
    public EventOptions Events { get; init; } = new(10_000, 200);

    /// <summary>What works, and is not as it should be.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Reads and checks all settings; the mistakes are in <paramref name="settings"/>.</summary>
    public static SiteSettings Read(Settings settings)
    {
        var site = Site.Read(settings);
        var tokens = TokenOptions.Read(settings);
        return new(site, DatabaseOptions.Read(settings, site), RedisOptions.Read(settings, isOptional: site.Type == SiteType.Main),
            BufferOptions.Read(settings), tokens, SessionOptions.Read(settings),
            settings.Choice<LogLevel>("LOG_LEVEL", LogLevel.Information, "the least important messages that are logged"),
            FactBounds.Read(settings), ObsCoreOptions.Read(settings), ResolverOptions.Read(settings))
        {
            ForeignTokens = ForeignTokenOptions.Read(settings, site, tokens.CacheTime),
            UserSync = UserSyncOptions.Read(settings),
            Events = EventOptions.Read(settings),
            Warnings = settings.Warnings,
        };
    }
}
