using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpsDb.Kernel;
using OpsDb.Redis;

namespace OpsDb.Transactions;

/// <summary>
/// Watches that Redis keeps what it acknowledges: append-only file, synced before each answer, nothing evicted, a master.
/// Asked at start, at intervals, and before the first write after each reconnect.
/// </summary>
internal sealed partial class Durability : BackgroundService
{
    private static readonly (string Name, string Value)[] Needed =
    [
        ("appendonly", "yes"), ("appendfsync", "always"), ("no-appendfsync-on-rewrite", "no"), ("maxmemory-policy", "noeviction"),
    ];

    private readonly RedisStore redis;
    private readonly Site site;
    private readonly BufferOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<Durability> logger;
    private volatile IReadOnlyList<string>? weaknesses;

    public Durability(RedisStore redis, Site site, BufferOptions options, TimeProvider time, ILogger<Durability> logger)
    {
        (this.redis, this.site, this.options, this.time, this.logger) = (redis, site, options, time, logger);
        redis.Reconnected += () => weaknesses = null;
    }

    /// <summary>What is too weak; Redis is asked if it was not since it last answered anew. Null when it does not tell now.</summary>
    public async Task<IReadOnlyList<string>?> WeaknessesAsync()
    {
        try
        {
            return weaknesses ?? await CheckAsync();
        }
        catch (OutageException)
        {
            return null;
        }
    }

    /// <exception cref="OutageException">buffer-not-durable, buffer-unavailable.</exception>
    public async Task RequireAsync()
    {
        if (!options.RequireDurable)
            return;
        // What was weak is asked again, so that writes are taken as soon as it is mended.
        var found = weaknesses is { Count: 0 } known ? known : await CheckAsync();
        if (found.Count > 0)
            throw new OutageException(TransactionProblems.BufferNotDurable,
                "The settings of the site's Redis are too weak for critical writes. Operators find which ones in health and in the log.")
            {
                RetryAfter = TimeSpan.FromSeconds(60),
            };
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (site.Type == SiteType.Main)
            return;
        using var timer = new PeriodicTimer(options.DurabilityInterval, time);
        do
        {
            try
            {
                await CheckAsync();
            }
            catch (OutageException)
            {
                // Redis is away; it is asked again before the first write when it is back.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<IReadOnlyList<string>> CheckAsync()
    {
        var found = new List<string>();
        try
        {
            foreach (var (name, value) in Needed)
            {
                var actual = await redis.ConfigAsync(name);
                if (actual is null && !options.DurabilityAsserted)
                    found.Add($"Redis does not tell its setting {name}; allow CONFIG GET, or answer for it with BUFFER_DURABILITY_ASSERTED=true.");
                else if (actual is not null && actual != value)
                    found.Add($"Redis has {name} {actual}, not {value}.");
            }
            var role = await redis.RoleAsync();
            if (role is null && !options.DurabilityAsserted)
                found.Add("Redis does not tell its role; allow ROLE, or answer for it with BUFFER_DURABILITY_ASSERTED=true.");
            else if (role is not (null or "master"))
                found.Add($"Redis is a {role}, not the master.");
        }
        catch (RedisUnavailableException)
        {
            weaknesses = null;
            throw new OutageException(TransactionProblems.BufferUnavailable, "The site's buffer does not tell its settings.")
            {
                RetryAfter = TimeSpan.FromSeconds(2),
            };
        }
        if (found.Count > 0 && !found.SequenceEqual(weaknesses ?? []))
            LogWeak(string.Join(" ", found));
        return weaknesses = found;
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The site's buffer could lose what it acknowledges: {Weaknesses}")]
    private partial void LogWeak(string weaknesses);
}
