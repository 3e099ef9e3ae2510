namespace OpsDb.Bench;

/// <summary>How much starts at a steady rate suffer while many files are registered at the same process: their p99 until the registration is
/// answered beside their p99 without one, in turns.</summary>
internal static class BesideRegistration
{
    private const int Rounds = 3, StartsPerSecond = 100;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(BenchRun run, CancellationToken ct)
    {
        var site = await run.WarmSiteAsync(ct);
        var data = await BenchData.WithAsync(site, 0, ct);
        await Registration.WarmUpAsync(site, data, site.Api, ct);
        await site.DrainedAsync(ct);
        var registrations = await Registration.NewAsync(data, Rounds, run.Scale.Registered, ct);
        var calm = await UntilAsync(Task.Delay(run.Scale.Turn, ct));
        LoadResult? beside = null;
        foreach (var registration in registrations)
        {
            var next = await UntilAsync(registration.SendAsync(site, site.Api, ct));
            beside = beside is null ? next : beside + next;
            // What is still written on main is no part of it.
            await site.DrainedAsync(ct);
            calm += await UntilAsync(Task.Delay(run.Scale.Turn, ct));
        }
        await site.DrainedAsync(ct);
        return [new("start_beside_registration", beside!.Percentile(0.99), "ms", calm.Percentile(0.99), "ratio <= 3")];

        Task<LoadResult> UntilAsync(Task end) => site.Load.AtRateAsync(StartsPerSecond, site.Api, end);
    }
}
