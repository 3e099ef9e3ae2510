using System.Globalization;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>A state that was read or written, as a caller carries it from one request, and one site, to another.</summary>
/// <param name="Site">Whose log the position is in.</param>
/// <param name="Epoch">Null when no log was concerned.</param>
/// <param name="Wal">Of the database that was read, after its snapshot.</param>
internal sealed record ConsistencyToken(string Site, Guid? Epoch, long Position, WalPosition Wal)
{
    /// <exception cref="RefusalException">malformed-header.</exception>
    public static ConsistencyToken Parse(string text)
    {
        if (text.Split(':') is [{ Length: > 0 and <= Kernel.Site.MaxName } site, var epoch, var position, var timeline, var lsn]
            && site.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '_')
            && (epoch == "-" | Guid.TryParseExact(epoch, "n", out var guid))
            && long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && int.TryParse(timeline, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && WalPosition.IsLsn(lsn))
            return new(site, epoch == "-" ? null : guid, at, new(number, WalPosition.ParseLsn(lsn)));
        throw new RefusalException(Problems.MalformedHeader, "OpsDb-Min-Consistency is a value that this API gave in OpsDb-Consistency.");
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Site}:{Epoch?.ToString("n") ?? "-"}:{Position}:{Wal.Timeline}:{WalPosition.FormatLsn(Wal.Lsn)}");

    /// <summary>Whether a read of this database, which was asked before its snapshot, is at least this new.</summary>
    /// <param name="log">How far the site's log is folded over the database; null when it is not.</param>
    /// <exception cref="RefusalException">consistency-lost: that cannot be told any more.</exception>
    public bool IsReached(Standing standing, LogPosition? log, Site here)
    {
        if (Wal.Lsn > 0 && standing.Timeline > Wal.Timeline)
            throw Lost($"The database has changed to timeline {standing.Timeline} since (it was {Wal.Timeline}).");
        if (Epoch is null)
            return standing.Reaches(Wal);
        if (log is not { } end || Site != here.Name)
            return standing.Reaches(Wal) && standing.Position >= Position;
        return end.Epoch == Epoch
            ? standing.Reaches(Wal) && end.Position >= Position
            : throw Lost("The site's log has begun anew since.");
    }

    /// <summary>Refuses to wait for a state that no database will ever have, as far as the main one knows.</summary>
    /// <param name="main">The main database, asked now.</param>
    /// <exception cref="RefusalException">consistency-lost.</exception>
    public void RequireKnown(Standing main, Site here)
    {
        // A site's own log is compared with the log itself.
        if (Epoch is not null && Site != here.Name && !main.Known)
            throw Lost("The main database has nothing of the site's log that OpsDb-Min-Consistency names.");
        if (!main.InRecovery && main.Timeline == Wal.Timeline && !main.Reaches(Wal))
            throw Lost("The main database has never been as far as OpsDb-Min-Consistency says.");
    }

    private static RefusalException Lost(string why) =>
        new(TransactionProblems.ConsistencyLost, $"{why} Whether that state is contained in the present one cannot be told.");
}
