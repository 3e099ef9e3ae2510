using System.Globalization;
using System.Text.RegularExpressions;

namespace OpsDb.Transactions;

/// <summary>A place in the main database's write-ahead log.</summary>
/// <param name="Timeline">Raised at each failover; 0 is before every other.</param>
/// <param name="Lsn">Comparable only with one of the same timeline.</param>
internal readonly partial record struct WalPosition(int Timeline, ulong Lsn)
{
    /// <summary>The present timeline of whoever is asked. On a standby the control file alone lags behind until the next restartpoint.</summary>
    public const string TimelineSql =
        """
        case when pg_is_in_recovery()
             then greatest((select received_tli from pg_stat_wal_receiver),
                           (select min_recovery_end_timeline from pg_control_recovery()),
                           (select timeline_id from pg_control_checkpoint()))
             else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end
        """;

    /// <summary>How far whoever is asked has replayed or written.</summary>
    public const string LsnSql = "(case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text";

    /// <summary>Where a database's snapshot ends.</summary>
    public static WalPosition Of(DatabaseSnapshot snapshot) => new(snapshot.Timeline, ParseLsn(snapshot.Lsn));

    /// <summary>Reads what <see cref="ToString"/> wrote; nothing, or something else, is before every other place.</summary>
    public static WalPosition Parse(string? text) => text?.Split(' ') is [var timeline, var lsn]
        && int.TryParse(timeline, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && IsLsn(lsn)
            ? new(number, ParseLsn(lsn))
            : default;

    /// <summary>An LSN as a number; as text A/9 would come after 10/0.</summary>
    public static ulong ParseLsn(string? text) =>
        text?.Split('/') is [var high, var low]
            ? (Convert.ToUInt64(high, 16) << 32) | Convert.ToUInt64(low, 16)
            : 0;

    public bool IsBefore(WalPosition other) => Timeline < other.Timeline || Timeline == other.Timeline && Lsn < other.Lsn;

    public static bool IsLsn(string text) => LsnForm().IsMatch(text);

    public static string FormatLsn(ulong lsn) => string.Create(CultureInfo.InvariantCulture, $"{lsn >> 32:X}/{lsn & uint.MaxValue:X}");

    /// <summary>Timeline and LSN, e.g. <c>1 16/B374D848</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Timeline} {FormatLsn(Lsn)}");

    [GeneratedRegex("^[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}$", RegexOptions.CultureInvariant)]
    private static partial Regex LsnForm();
}
