using Microsoft.Extensions.DependencyInjection;

namespace OpsDb.Redis;

public static class RedisRegistration
{
    public static IServiceCollection AddRedis(this IServiceCollection services, RedisOptions options) =>
        services.AddSingleton(options).AddSingleton<RedisStore>();
}
