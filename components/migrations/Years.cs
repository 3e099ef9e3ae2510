namespace OpsDb.Migrations;

/// <summary>Years that partitions are made for.</summary>
public readonly record struct Years(int First, int Last)
{
    /// <summary>How far ahead of the present year partitions can be made.</summary>
    public const int MaxAhead = 30;

    /// <summary>The earliest year that something may have happened in.</summary>
    private const int Earliest = 1990;

    /// <summary>How many years ahead of the present one there are partitions after each <c>migrate</c>.</summary>
    public const int KeptAhead = 5;

    /// <summary>The SQL that sees to it, by the clock of the database.</summary>
    internal static string Ahead { get; } =
        $"select opsdb_partition_years(y, y + {KeptAhead}) from (select extract(year from now() at time zone 'UTC')::integer) this (y)";

    /// <summary>The SQL that reads which of them have no partition.</summary>
    internal string Missing => $"select y from generate_series({First}, {Last}) y where to_regclass(format('raw_data_file_%s', y)) is null";

    /// <summary>Those that partitions can be made for.</summary>
    public static Years Allowed(TimeProvider time) => new(Earliest, time.GetUtcNow().Year + MaxAhead);

    public override string ToString() => First == Last ? $"{First}" : $"{First} to {Last}";
}
