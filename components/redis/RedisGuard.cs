using OpsDb.Kernel;

namespace OpsDb.Redis;

/// <summary>What is answered while the site's Redis is away, to those who can do without it for a while.</summary>
public static class RedisGuard
{
    /// <exception cref="OutageException">site-memory-unreachable.</exception>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (RedisUnavailableException e)
        {
            throw new OutageException(Problems.SiteMemoryUnreachable, "The site's Redis does not answer; repeat the request later.", e)
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            };
        }
    }
}
