using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>What happens to the primary and to the site's replica.</summary>
internal static class PostgresFaults
{
    private const string Primary = "main/primary", Replica = $"{Installation.Site}/replica";

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        .. Of("primary", Primary, i => i.Primary),
        .. Of("replica", Replica, i => i.Replica),
        new("pause-replay", "replica", 3, 15, "The replica receives and does not replay (pg_wal_replay_pause).",
            (i, _) => new(
                ct => i.Replica.QueryAsync("select pg_wal_replay_pause()", ct),
                ct => i.Replica.QueryAsync("select pg_wal_replay_resume()", ct))) { Target = _ => Replica },
    ];

    private static IEnumerable<FaultKind> Of(string name, string target, Func<Installation, PostgresServer> server) =>
    [
        new($"kill-{name}", name, 0.5, 6, $"The {name} is killed, as in a power failure, and started again.",
            (i, _) => new(_ => server(i).KillAsync(), server(i).StartAsync)) { Target = _ => target },
        new($"pause-{name}", name, 1, 9, $"The {name} is frozen (SIGSTOP), and goes on where it was.",
            (i, _) => Fault.At(server(i).Pause, server(i).Resume)) { Target = _ => target },
        new($"restart-{name}", name, 0.2, 5, $"The {name} is stopped in order and started again.",
            (i, _) => new(_ => server(i).StopAsync(), server(i).StartAsync)) { Target = _ => target },
    ];
}
