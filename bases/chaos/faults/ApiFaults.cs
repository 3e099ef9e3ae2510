using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>What happens to a process of the data API; one of the site's hosts the processor.</summary>
internal static class ApiFaults
{
    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("kill-api", "api", 0.5, 6, "A process of the data API is killed and started again.",
            (i, n) => new(_ => Pick(i, n).KillAsync(), _ => Start(Pick(i, n)))) { Target = Name },
        new("pause-api", "api", 1, 9, "A process of the data API is frozen (SIGSTOP), and goes on where it was.",
            (i, n) => Fault.At(() => Pick(i, n).Pause(), () => Pick(i, n).Resume())) { Target = Name },
        new("stop-api", "api", 0.5, 4, "A process of the data API is told to end (SIGTERM) and started again.",
            (i, n) => new(_ => Pick(i, n).StopAsync(), _ => Start(Pick(i, n)))) { Target = Name },
    ];

    public static string NameOf(int api) => api == 2 ? "main/1" : $"{Installation.Site}/{api + 1}";

    // The site's processes more often than main's.
    private static int Index(int number) => number % 5 == 4 ? 2 : number % 2;

    private static ApiServer Pick(Installation installation, int number) => installation.Apis[Index(number)];

    private static string Name(int number) => NameOf(Index(number));

    private static Task Start(ApiServer api)
    {
        api.Start();
        return Task.CompletedTask;
    }
}
