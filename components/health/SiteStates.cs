using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Health;

internal sealed class SiteStates : ISiteStates
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(0.2);

    private readonly IEnumerable<ISiteReporter> reporters;
    private readonly RecentReading<SiteState> recent;

    public SiteStates(IEnumerable<ISiteReporter> reporters, TimeProvider time)
    {
        this.reporters = reporters;
        recent = new(ReadAsync, Moment, time);
    }

    public async Task<SiteState> ReadAsync(CancellationToken ct) => new(await Task.WhenAll(reporters.Select(r => r.ReportAsync(ct))));

    public Task<SiteState> RecentAsync(CancellationToken ct) => recent.ReadAsync(ct);

    public void Forget() => recent.Forget();
}

public static class HealthRegistration
{
    public static IServiceCollection AddHealth(this IServiceCollection services) => services.AddSingleton<ISiteStates, SiteStates>();
}
