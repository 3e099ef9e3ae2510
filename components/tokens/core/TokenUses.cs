using System.Collections.Concurrent;
using System.Data.Common;
using System.Net;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpsDb.Kernel;

namespace OpsDb.Tokens;

/// <summary>How a token was used at a site.</summary>
/// <param name="Site">The site.<example>observatory</example></param>
/// <param name="LastUsedAt">When last, UTC; a minute late.</param>
/// <param name="Requests">How often in all.<example>86400</example></param>
/// <param name="LastAddress">From where last.<example>192.0.2.7</example></param>
public sealed record TokenUse(string Site, DateTimeOffset LastUsedAt, long Requests, string? LastAddress);

/// <summary>What is kept of how tokens were used.</summary>
public interface ITokenUses
{
    /// <summary>Adds what has come since at a site, in one statement.</summary>
    /// <exception cref="OutageException">main-unreachable.</exception>
    Task AddAsync(IReadOnlyCollection<KeyValuePair<Guid, TokenUse>> since, CancellationToken ct);

    /// <summary>As the nearest database has it, by site.</summary>
    Task<IReadOnlyList<TokenUse>> OfAsync(Guid token, CancellationToken ct);
}

/// <summary>Counts in memory how tokens are used: a request never writes.</summary>
internal sealed class TokenUseCounter(Site site, TimeProvider time)
{
    private readonly ConcurrentDictionary<Guid, TokenUse> since = new();

    public void Note(Guid token, IPAddress? address) => Add(token, new(site.Name, time.GetUtcNow(), 1, address?.ToString()));

    /// <summary>What has come since it was taken last.</summary>
    public IReadOnlyDictionary<Guid, TokenUse> Take()
    {
        var taken = new Dictionary<Guid, TokenUse>();
        foreach (var token in since.Keys)
        {
            if (since.TryRemove(token, out var use))
                taken[token] = use;
        }
        return taken;
    }

    /// <summary>Takes back what could not be written.</summary>
    public void PutBack(IReadOnlyDictionary<Guid, TokenUse> taken)
    {
        foreach (var (token, use) in taken)
            Add(token, use);
    }

    // As many as there are tokens.
    private void Add(Guid token, TokenUse use) => since.AddOrUpdate(token, use, (_, before) =>
        (before.LastUsedAt > use.LastUsedAt ? before : use) with { Requests = before.Requests + use.Requests });
}

/// <summary>Writes now and then how tokens were used. While main is away it is kept, and lost when the process ends.</summary>
internal sealed partial class TokenUseWriter(TokenUseCounter counter, ITokenUses uses, TokenOptions options, TimeProvider time, ILogger<TokenUseWriter> logger)
    : BackgroundService
{
    private static readonly TimeSpan LastWrite = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.UseInterval, time);
        while (await WaitAsync(timer, stoppingToken))
            await WriteAsync(stoppingToken);
        using var last = new CancellationTokenSource(LastWrite);
        await WriteAsync(last.Token);
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task WriteAsync(CancellationToken ct)
    {
        var taken = counter.Take();
        if (taken.Count == 0)
            return;
        try
        {
            await uses.AddAsync(taken, ct);
        }
        catch (Exception e) when (e is ProblemException or OperationCanceledException or DbException)
        {
            counter.PutBack(taken);
            LogKept(taken.Count, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The use of {Count} tokens is kept: {Reason}")]
    private partial void LogKept(int count, string reason);
}
