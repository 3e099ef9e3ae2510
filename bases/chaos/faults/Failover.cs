using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>
/// The primary is lost for good, and the standby that the site keeps its log for takes its place and its address. What the standby had
/// not received is gone: direct writes for ever, the site's until they are applied again from its log.
/// </summary>
internal static class Failover
{
    private static readonly TimeSpan FollowDeadline = TimeSpan.FromSeconds(20), Poll = TimeSpan.FromMilliseconds(200);

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("failover", "primary", 1, 6, "The primary is killed for good, and a standby, which may be behind it, is promoted and takes its place.",
            (i, n) => new(ct => LoseAsync(i, n, ct), ct => PromoteAsync(i, ct))) { Target = _ => "main/primary", MayLose = "main", IsOnce = true },
    ];

    /// <summary>Whether a standby is needed.</summary>
    public static bool IsIn(IReadOnlyList<PlannedFault> plan) => plan.Any(f => All.Contains(f.Kind));

    /// <summary>The replica follows the new primary. One that has what the new primary never had cannot, and is made anew.</summary>
    public static async Task FollowAsync(Installation installation, CancellationToken ct)
    {
        var timeline = await installation.Primary.QueryAsync("select ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int", ct);
        var started = TimeProvider.System.GetTimestamp();
        while (await installation.Replica.QueryAsync("select received_tli from pg_stat_wal_receiver where status = 'streaming'", ct) != timeline)
        {
            if (TimeProvider.System.GetElapsedTime(started) > FollowDeadline)
            {
                await installation.Replica.RemakeAsync(ct);
                return;
            }
            await Task.Delay(Poll, ct);
        }
    }

    private static async Task LoseAsync(Installation installation, int number, CancellationToken ct)
    {
        try
        {
            if (number % 2 == 0)
            {
                await installation.Standby!.QueryAsync("alter system set primary_conninfo = ''; select pg_reload_conf()", ct);
                await Task.Delay(200 + (2 * number), ct);
            }
        }
        finally
        {
            await installation.Primary.KillAsync();
        }
    }

    private static async Task PromoteAsync(Installation installation, CancellationToken ct)
    {
        var (standby, replica) = (installation.Standby!, installation.Replica);
        await standby.QueryAsync($"select pg_create_physical_replication_slot('{replica.Options.Source!.Slot}', true)", ct);
        await standby.PromoteAsync(ct);
        // A replica that is made of it would have the setting, too.
        await standby.QueryAsync("alter system reset primary_conninfo", ct);
        installation.TakeOver();
        var end = await standby.QueryAsync("select pg_last_wal_replay_lsn()", ct);
        if (await replica.QueryAsync($"select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) > '{end}'", ct) == "t")
            await RemakeAsync(replica, ct);
    }

    /// <summary>Again and again while the link is down, as somebody would.</summary>
    private static async Task RemakeAsync(PostgresServer replica, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await replica.RemakeAsync(ct);
                return;
            }
            catch (ServersException)
            {
                await Task.Delay(Poll, ct);
            }
        }
    }
}
