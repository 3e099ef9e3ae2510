using System.Text;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using static OpsDb.Redis.RedisGuard;

namespace OpsDb.Redis;

/// <summary>In the site's Redis.</summary>
internal sealed class RedisSiteMemory(RedisStore redis, Site site) : ISiteMemory
{
    /// <summary>Sets a value, with its life in milliseconds, if the one before is this; nothing is an empty text.</summary>
    private static readonly RedisScript Replace = new(
        """
        if (redis.call('get', KEYS[1]) or '') ~= ARGV[1] then
          return 0
        end
        redis.call('set', KEYS[1], ARGV[2], 'PX', ARGV[3])
        return 1
        """);

    private static readonly RedisScript Forget = new("return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('del', KEYS[1]) or 0");

    public Task<string?> FindAsync(string name, CancellationToken ct) =>
        GuardAsync(async () => await redis.GetAsync(Key(name)) is { } bytes ? Encoding.UTF8.GetString(bytes) : null);

    public Task SetAsync(string name, string text, TimeSpan life, CancellationToken ct) => GuardAsync(async () =>
    {
        await redis.SetAsync(Key(name), Encoding.UTF8.GetBytes(text), life);
        return true;
    });

    public Task<bool> ReplaceAsync(string name, string? before, string text, TimeSpan life, CancellationToken ct) => GuardAsync(async () =>
        (await redis.EvaluateAsync(Replace, [Key(name)], [before ?? "", text, (long)life.TotalMilliseconds])).Number == 1);

    public Task<bool> ForgetAsync(string name, string text, CancellationToken ct) => GuardAsync(async () =>
        (await redis.EvaluateAsync(Forget, [Key(name)], [text])).Number == 1);

    public Task<string?> TakeAsync(string name, CancellationToken ct) => GuardAsync(() => redis.TakeAsync(Key(name)));

    private string Key(string name) => $"site:{site.Name}:memory:{name}";
}

public static class RedisMemoryRegistration
{
    public static IServiceCollection AddRedisMemory(this IServiceCollection services) => services.AddSingleton<ISiteMemory, RedisSiteMemory>();
}
