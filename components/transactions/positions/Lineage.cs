using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>The log lost entries and began anew.</summary>
/// <param name="Previous">The epoch until then.</param>
/// <param name="Fork">Up to here the log still is that of the previous epoch.</param>
/// <param name="ForkTransaction">The entry there, if the log holds it.</param>
/// <param name="Applied">How far the previous epoch had been applied, as far as the site knew.</param>
/// <param name="Missing">The first one that may be missing, where that is not the one after both of them: its place has been used again.</param>
/// <param name="Seen">The last position of the previous epoch that the process which noticed knew of.</param>
internal sealed record EpochChange(
    Guid Epoch, Guid Previous, long Fork, Guid? ForkTransaction, long Applied, long? Missing, long? Seen, string Reason, DateTimeOffset At);

/// <summary>
/// The log's epoch and those before it. A database that does not know the present one yet is as far as it was in the
/// previous one, but not further than where the two part.
/// </summary>
/// <param name="Changes">Newest first.</param>
internal sealed record Lineage(Guid Epoch, IReadOnlyList<EpochChange> Changes)
{
    /// <summary>The watermark of whoever is asked: the row of the newest epoch that it knows. Needs <see cref="Parameters"/>.</summary>
    public const string WatermarkSql =
        """
        (select least(w.position, e.cap) as position, case when w.position <= e.cap then w.transaction_id end as transaction_id, w.holds
         from unnest(@epochs, @caps) with ordinality e(epoch, cap, n) join site_watermark w on w.site = @site and w.epoch = e.epoch
         order by e.n limit 1)
        """;

    /// <summary>Of a site without a log.</summary>
    public static Lineage None { get; } = new(Guid.Empty, []);

    /// <summary>The present one first.</summary>
    public Guid[] Epochs { get; } = [Epoch, .. Changes.Select(c => c.Previous)];

    /// <summary>By epoch, the last position that the log still shares with it.</summary>
    public long[] Caps { get; } = [long.MaxValue, .. Changes.Select((_, i) => Changes.Take(i + 1).Min(c => c.Fork))];

    public object Parameters(Site site) => new { site = site.Name, epochs = Epochs, caps = Caps };
}
