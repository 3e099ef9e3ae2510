namespace OpsDb.Bench;

/// <summary>One run of some benchmarks. Its servers are started when the first one asks for them.</summary>
internal sealed class BenchRun(Scale scale) : IAsyncDisposable
{
    private BenchSite? site;

    public Scale Scale => scale;

    /// <summary>The site with its link up, no delay on it and nothing pending, whatever the benchmark before has left.</summary>
    public async Task<BenchSite> SiteAsync(CancellationToken ct)
    {
        site ??= await BenchSite.StartAsync(ct);
        site.Servers.Relay.Delay(TimeSpan.Zero);
        site.Servers.Relay.Up();
        await site.DrainedAsync(ct);
        return site;
    }

    /// <summary>The same with the compiler's work on starts done.</summary>
    public async Task<BenchSite> WarmSiteAsync(CancellationToken ct)
    {
        await (await SiteAsync(ct)).WarmUpAsync(scale.WarmUp);
        return await SiteAsync(ct);
    }

    /// <summary>The benchmark's rows.</summary>
    /// <exception cref="BenchException">It did not end in time, among others.</exception>
    public async Task<IReadOnlyList<Row>> MeasureAsync(Benchmark benchmark, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(benchmark.Limit);
        try
        {
            return [.. (await benchmark.MeasureAsync(this, limit.Token)).Select(r => r.Rounded())];
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new BenchException($"{string.Join(", ", benchmark.Names)}: given up after {benchmark.Limit.TotalMinutes} minutes.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (site is not null)
            await site.DisposeAsync();
    }
}
