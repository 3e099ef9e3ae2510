using OpsDb.Servers;

namespace OpsDb.Chaos;

/// <summary>What happens to the link between the site and main; the replica's stream goes over it, too.</summary>
internal static class LinkFaults
{
    private const string Link = $"{Installation.Site}/link";

    private static readonly TimeSpan SlowRoundTrip = TimeSpan.FromMilliseconds(500);

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        Kind("cut-link", 1, 15, "The link is down: connections are reset and new ones refused.", (r, _) => r.Down()),
        Kind("hang-link", 1, 12, "The link hangs: connections stay open, also new ones, and no byte passes.", (r, _) => r.Hang()),
        Kind("one-way-to-main", 1, 12, "Only answers pass over the link; what the site sends is lost in silence.",
            (r, _) => r.CutDirection(LinkDirection.ToMain)),
        Kind("one-way-to-site", 1, 12, "Only requests pass over the link; what main answers is lost in silence.",
            (r, _) => r.CutDirection(LinkDirection.ToSite)),
        Kind("flap-link", 3, 14, "The link goes down and up, again and again.", (r, n) => r.Flap(TimeSpan.FromMilliseconds(200 + n))),
        Kind("slow-link", 4, 15, "The link's round trip takes 500 ms.", (r, _) => r.Delay(SlowRoundTrip)),
        Kind("narrow-link", 4, 15, "The link carries 64 to 1000 kilobits a second.", (r, n) => r.Bandwidth(64 + (936 * n / 1000))),
        Cuts("cut-before-commit", "Connections are cut when the site sends COMMIT, which does not arrive.",
            (r, _) => r.CutBeforeCommit(Installation.Application)),
        Cuts("cut-after-commit", "Connections are cut when main has committed, and nothing of its answer arrives.",
            (r, _) => r.CutAfterCommit(Installation.Application)),
        Cuts("cut-in-batch", "Connections are cut before one of the site's messages, anywhere in a batch.",
            (r, n) => r.CutAt(1 + (n % 60), Installation.Application)),
        Kind("half-batch", 4, 14, "A connection goes silent in the middle of a batch, so that main holds one half of it.",
            (r, n) => r.CutInSend(200 + (n * 20), Installation.Application)),
    ];

    public static void Heal(Relay link)
    {
        link.Disarm();
        link.Delay(TimeSpan.Zero);
        link.Bandwidth(0);
        link.Up();
    }

    private static FaultKind Kind(string name, double shortest, double longest, string sentence, Action<Relay, int> begin) =>
        new(name, "link", shortest, longest, sentence, (i, n) => Fault.At(() => begin(i.Link, n), () => Heal(i.Link))) { Target = _ => Link };

    /// <summary>One cut after the other.</summary>
    private static FaultKind Cuts(string name, string sentence, Func<Relay, int, ArmedCut> arm) =>
        new(name, "link", 2, 8, sentence, (i, n) =>
        {
            var stop = new CancellationTokenSource();
            var cutting = Task.CompletedTask;
            return new(
                _ =>
                {
                    cutting = CutAsync(i.Link, n, arm, stop.Token);
                    return Task.CompletedTask;
                },
                async _ =>
                {
                    await stop.CancelAsync();
                    await cutting;
                    Heal(i.Link);
                    stop.Dispose();
                });
        })
        { Target = _ => Link };

    private static async Task CutAsync(Relay link, int number, Func<Relay, int, ArmedCut> arm, CancellationToken stop)
    {
        try
        {
            while (true)
                await arm(link, number++ % 1000).Fired.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            // The fault ends.
        }
    }
}
