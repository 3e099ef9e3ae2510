using OpsDb.Kernel;

namespace OpsDb.Redis;

/// <summary>The site's Redis, which holds its log.</summary>
/// <param name="Timeout">How long a call may take; after it the outcome is unknown.</param>
public sealed record RedisOptions(string Host, int Port, int Database, string Password, TimeSpan Timeout)
{
    /// <summary>For a site that buffers nothing: it never connects.</summary>
    public static RedisOptions None { get; } = new("", 0, 0, "", TimeSpan.FromSeconds(1));

    public static RedisOptions Read(Settings settings) => new(
        settings.Text("REDIS_HOST", null, "host of the site's Redis"),
        settings.Integer("REDIS_PORT", 6379, 1, 65535, "port of the site's Redis"),
        settings.Integer("REDIS_DB", 0, 0, 15, "database number at the site's Redis"),
        settings.Secret("REDIS_PASSWORD", "password at the site's Redis"),
        settings.Seconds("REDIS_TIMEOUT", 2, 0.1, 60, "how long a call to Redis may take before its outcome counts as unknown"));
}
