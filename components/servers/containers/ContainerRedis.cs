using System.Text;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Testcontainers.Redis;
using ModuleConfiguration = Testcontainers.Redis.RedisConfiguration;

namespace OpsDb.Servers;

/// <summary>A Redis server in a container, set as the local one is.</summary>
public sealed class ContainerRedis(RedisOptions options, string? volume = null) : ContainerServer(options.Name, volume), IRedisServer
{
    private const string Data = "/data", SettingsFile = $"{Configuration}/redis.conf";

    public RedisAddress Address => new(Host, options.Port, options.Passwords.Redis);

    protected override IContainer Build() =>
        Common<RedisBuilder, RedisContainer, ModuleConfiguration>(new(ContainerEngine.RedisImage), options.Port, RedisBuilder.RedisPort, Data)
            .WithResourceMapping(Encoding.UTF8.GetBytes(RedisConfiguration.Write(options, "*", RedisBuilder.RedisPort, Data)), SettingsFile)
            .WithCommand(new OverwriteEnumerable<string>(["redis-server", SettingsFile]))
            .Build();

    protected override async Task WaitUntilReadyAsync(CancellationToken ct)
    {
        // It answers also while it still reads its file.
        while (!await RedisPing.AnswersAsync(Address, encrypted: false, ct))
            await Task.Delay(20, ct);
    }
}
