using System.Text.Json;
using OpsDb.Executions;
using OpsDb.Kernel;

namespace OpsDb.DbTests.Properties;

/// <summary>A row with a column of every type that there is, each once that must be there and once that may be null.</summary>
internal abstract record Probe<K, T> : Row<K> where K : notnull where T : Probe<K, T>, IRow<T>
{
    public string Text { get; init; } = "";
    public string? MaybeText { get; init; }
    public int Whole { get; init; }
    public int? MaybeWhole { get; init; }
    public long Long { get; init; }
    public long? MaybeLong { get; init; }
    public double Number { get; init; }
    public double? MaybeNumber { get; init; }
    public decimal Exact { get; init; }
    public decimal? MaybeExact { get; init; }
    public bool Flag { get; init; }
    public bool? MaybeFlag { get; init; }
    public Guid Uuid { get; init; }
    public Guid? MaybeUuid { get; init; }
    public DateTimeOffset At { get; init; }
    public DateTimeOffset? MaybeAt { get; init; }
    public DateOnly Day { get; init; }
    public DateOnly? MaybeDay { get; init; }
    public ExecutionStatus State { get; init; }
    public ExecutionStatus? MaybeState { get; init; }
    public byte[] Bytes { get; init; } = [];
    public byte[]? MaybeBytes { get; init; }
    public JsonElement Json { get; init; } = JsonElement.Parse("{}");
    public JsonElement? MaybeJson { get; init; }
    public Sealed Secret { get; init; } = Values.Secrets[0];
    public Sealed? MaybeSecret { get; init; }
    [Private]
    public string? Hidden { get; init; }
    public string[] Texts { get; init; } = [];
    public string[]? MaybeTexts { get; init; }
    public int[] Wholes { get; init; } = [];
    public long[] Longs { get; init; } = [];
    public double[] Numbers { get; init; } = [];
    public decimal[] Exacts { get; init; } = [];
    public bool[] Flags { get; init; } = [];
    public Guid[] Uuids { get; init; } = [];
    public DateTimeOffset[] Ats { get; init; } = [];
    public DateOnly[] Days { get; init; } = [];

    // Lists and JSON are the same when what is in them is.
    public virtual bool Equals(Probe<K, T>? other) =>
        other is not null && JsonElement.DeepEquals(T.Table.Write(this), T.Table.Write(other)) && (TransactionId, Sync) == (other.TransactionId, other.Sync);

    public override int GetHashCode() => Id.GetHashCode();

    public override string ToString() => T.Table.Write(this).GetRawText();

    protected static Table<T> Make(string name) => new(name)
    {
        Filters =
        [
            Field.OneOf<T, string>(r => r.Text, "with one of these"), Field.OneOf<T, string?>(r => r.MaybeText, "with one of these"),
            Field.OneOf<T, int?>(r => r.MaybeWhole, "with one of these"), Field.OneOf<T, long>(r => r.Long, "with one of these"),
            Field.OneOf<T, double?>(r => r.MaybeNumber, "with one of these"), Field.OneOf<T, decimal>(r => r.Exact, "with one of these"),
            Field.OneOf<T, bool?>(r => r.MaybeFlag, "with one of these"), Field.OneOf<T, Guid>(r => r.Uuid, "with one of these"),
            Field.OneOf<T, DateTimeOffset?>(r => r.MaybeAt, "with one of these"), Field.OneOf<T, DateOnly>(r => r.Day, "with one of these"),
            Field.OneOf<T, ExecutionStatus?>(r => r.MaybeState, "with one of these"), Field.OneOf<T, byte[]>(r => r.Bytes, "with one of these"),
            Field.From<T, string>("text_from", r => r.Text, "from"), Field.Before<T, long?>("long_before", r => r.MaybeLong, "before"),
            Field.From<T, decimal?>("exact_from", r => r.MaybeExact, "from"), Field.Before<T, DateOnly?>("day_before", r => r.MaybeDay, "before"),
            Field.From<T, byte[]?>("bytes_from", r => r.MaybeBytes, "from"), Field.Before<T, ExecutionStatus>("state_before", r => r.State, "before"),
        ],
        Sorts =
        [
            Field.Sort<T, string>(r => r.Text), Field.Sort<T, int>(r => r.Whole), Field.Sort<T, long>(r => r.Long), Field.Sort<T, double>(r => r.Number),
            Field.Sort<T, decimal>(r => r.Exact), Field.Sort<T, bool>(r => r.Flag), Field.Sort<T, Guid>(r => r.Uuid), Field.Sort<T, DateTimeOffset>(r => r.At),
            Field.Sort<T, DateOnly>(r => r.Day), Field.Sort<T, ExecutionStatus>(r => r.State), Field.Sort<T, byte[]>(r => r.Bytes),
        ],
    };
}

internal sealed record UuidProbe : Probe<Guid, UuidProbe>, IRow<UuidProbe>
{
    public static Table<UuidProbe> Table { get; } = Make("uuid_probe");
}

internal sealed record NumberProbe : Probe<long, NumberProbe>, IRow<NumberProbe>
{
    public static Table<NumberProbe> Table { get; } = Make("number_probe");
}

internal sealed record TextProbe : Probe<string, TextProbe>, IRow<TextProbe>
{
    public static Table<TextProbe> Table { get; } = Make("text_probe");
}
