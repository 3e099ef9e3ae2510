using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>Does what the plan says, when it says so, and in the end takes everything back.</summary>
internal sealed class FaultInjector(Installation installation, FaultLog log, TextWriter output)
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    /// <summary>Ends with the last fault; when it is stopped before, faults under way are taken back at once.</summary>
    public Task RunAsync(IReadOnlyList<PlannedFault> plan, CancellationToken stop) => Task.WhenAll(plan.Select(f => RunAsync(f, stop)));

    /// <summary>Everything runs and the link is whole, whatever was done before.</summary>
    /// <exception cref="ServersException">A server does not start.</exception>
    public async Task HealAsync(CancellationToken ct)
    {
        LinkFaults.Heal(installation.Link);
        installation.Redis.Resume();
        installation.Primary.Resume();
        installation.Replica.Resume();
        foreach (var api in installation.Apis)
            api.Resume();
        installation.Redis.Disk?.Free();
        installation.Primary.Disk?.Free();
        if (installation.Redis.Process is not { IsRunning: true })
            await installation.Redis.StartAsync(ct);
        if (installation.Primary.Process is not { IsRunning: true })
            await installation.Primary.StartAsync(ct);
        if (installation.Replica.Process is not { IsRunning: true })
            await installation.Replica.StartAsync(ct);
        await installation.Replica.QueryAsync("select pg_wal_replay_resume() where pg_is_in_recovery()", ct);
        if (installation.HasFailedOver)
            await Failover.FollowAsync(installation, ct);
        foreach (var api in installation.Apis.Where(a => a.Process is not { IsRunning: true }))
            api.Start();
    }

    private async Task RunAsync(PlannedFault planned, CancellationToken stop)
    {
        await CancellableDelay.ForAsync(planned.At, stop);
        if (stop.IsCancellationRequested)
            return;
        var fault = planned.Kind.Create(installation, planned.Number);
        log.Begin(planned);
        await output.WriteLineAsync($"{planned}");
        await TryAsync(planned, fault.BeginAsync);
        await CancellableDelay.ForAsync(planned.Lasts, stop);
        await TryAsync(planned, fault.EndAsync);
        log.End(planned);
    }

    private async Task TryAsync(PlannedFault planned, Func<CancellationToken, Task> action)
    {
        using var limit = new CancellationTokenSource(StartDeadline);
        try
        {
            await action(limit.Token);
        }
        catch (Exception e) when (e is ServersException or OperationCanceledException or IOException)
        {
            // The other of two faults may be the reason; in the end everything is healed.
            await output.WriteLineAsync($"{planned.Kind.Name}: {e.Message}");
        }
    }

}
