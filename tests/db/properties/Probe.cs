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
    public double RaDeg { get; init; }
    public double? DecDeg { get; init; }
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
            Field.IsSet<T, string?>("has_text", r => r.MaybeText, "there or not"), Field.IsSet<T, JsonElement?>("has_json", r => r.MaybeJson, "there or not"),
            Field.IsSet<T, string[]?>("has_texts", r => r.MaybeTexts, "there or not"), Field.IsSet<T, int>("has_whole", r => r.Whole, "there or not"),
            Field.Prefix<T>("text_prefix", r => r.Text, "that begin so"), Field.Prefix<T>("maybe_text_prefix", r => r.MaybeText, "that begin so"),
            Field.Has<T, string>(r => r.Texts, "with one in it"), Field.Has<T, string>(r => r.MaybeTexts, "with one in it"),
            Field.Has<T, int>(r => r.Wholes, "with one in it"), Field.Has<T, long>(r => r.Longs, "with one in it"),
            Field.Has<T, double>(r => r.Numbers, "with one in it"), Field.Has<T, decimal>(r => r.Exacts, "with one in it"),
            Field.Has<T, bool>(r => r.Flags, "with one in it"), Field.Has<T, Guid>(r => r.Uuids, "with one in it"),
            Field.Has<T, DateTimeOffset>(r => r.Ats, "with one in it"), Field.Has<T, DateOnly>(r => r.Days, "with one in it"),
            Field.Contains<T>(r => r.Json, "that contain this"), Field.Contains<T>(r => r.MaybeJson, "that contain this"),
            Field.Cone<T>("cone", r => r.RaDeg, r => r.DecDeg, "in a cone"),
        ],
        Sorts =
        [
            Field.Sort<T, string>(r => r.Text), Field.Sort<T, int>(r => r.Whole), Field.Sort<T, long>(r => r.Long), Field.Sort<T, double>(r => r.Number),
            Field.Sort<T, decimal>(r => r.Exact), Field.Sort<T, bool>(r => r.Flag), Field.Sort<T, Guid>(r => r.Uuid), Field.Sort<T, DateTimeOffset>(r => r.At),
            Field.Sort<T, DateOnly>(r => r.Day), Field.Sort<T, ExecutionStatus>(r => r.State), Field.Sort<T, byte[]>(r => r.Bytes),
            Field.Sort<T, string?>(r => r.MaybeText), Field.Sort<T, int?>(r => r.MaybeWhole), Field.Sort<T, long?>(r => r.MaybeLong),
            Field.Sort<T, double?>(r => r.MaybeNumber), Field.Sort<T, decimal?>(r => r.MaybeExact), Field.Sort<T, bool?>(r => r.MaybeFlag),
            Field.Sort<T, Guid?>(r => r.MaybeUuid), Field.Sort<T, DateTimeOffset?>(r => r.MaybeAt), Field.Sort<T, DateOnly?>(r => r.MaybeDay),
            Field.Sort<T, ExecutionStatus?>(r => r.MaybeState), Field.Sort<T, byte[]?>(r => r.MaybeBytes),
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
