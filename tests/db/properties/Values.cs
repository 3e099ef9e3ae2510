using System.Reflection;
using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.DbTests.Properties;

/// <summary>Few values of each type, so that they meet, and the awkward ones among them; the simplest comes first.</summary>
internal static class Values
{
    private static readonly DateTimeOffset Night = new(2026, 11, 20, 3, 0, 0, TimeSpan.Zero);

    public static IReadOnlyList<string> Texts { get; } =
    [
        "a", "b", "B", "", "ab", "é", "e\u0301", "中", "\uD7FF", "\uE000", "\uFFFD", "😀", "\U0010FFFF", " ", "a,b", "null", "0",
        "'; drop table source --", "\"\\ \\u0000", "\t\r\n\u0001\u007F\u2028", "%_", new string('x', 9_000) + "😀",
    ];

    public static IReadOnlyList<Sealed> Secrets { get; } = [.. Texts.Take(4).Select(t => new AesSealer(new("k1", new byte[32])).Seal(t, "probe"))];

    private static readonly int[] Integers = [1, 2, 3, 0, -1, int.MaxValue, int.MinValue];

    private static readonly long[] Longs = [1, 2, 0, -1, int.MaxValue + 1L, 9_007_199_254_740_993, long.MaxValue, long.MinValue];

    private static readonly decimal[] Decimals =
    [
        0, 1, -1, 0.1m, 1.50m, 1.5m, 100, 1e-28m, 0.1234567890123456789012345678m,
        79_228_162_514_264_337_593_543_950_335m, -79_228_162_514_264_337_593_543_950_335m,
    ];

    private static readonly string[] Jsons =
    [
        "{}", "[]", "1", "1.0", "1e2", "true", "\"\"", "\"a\\\"b\"", "{\"b\":1,\"a\":[null,{}]}", "{\"a\":[null,{}],\"b\":1.0}", "{\"é\":\"😀\",\"\":0}",
        "0.1234567890123456789012345678901234567890",
        "{\"a\":[1,{\"b\":2}],\"c\":\"x\"}", "[1,2,[3]]", "[[1,2],[2]]", "[{\"a\":1},\"x\"]", "[[]]", "-0", "\"x\"",
        "{\"a\":[{\"b\":2,\"c\":3},2]}", "{\"a\":1}", "\"%_\"",
    ];

    /// <summary>What JSON may contain.</summary>
    private static readonly string[] Parts =
    [
        "{}", "[]", "1", "1.0", "100", "-0.0", "true", "\"\"", "\"x\"", "{\"a\":1}", "{\"a\":[]}",
        "{\"a\":[{}]}", "{\"a\":[2,2e0]}", "{\"a\":{}}", "{\"b\":1e0}",
        "{\"a\":[{\"b\":2.0}]}", "[[]]", "[{}]", "[[3]]", "[1,\"x\"]", "[\"x\",\"x\"]", "{\"é\":\"😀\"}",
        "0.1234567890123456789012345678901234567890", "[{\"a\":1},[2]]", "{\"\":0}", "\"a\\\"b\"", "\"%_\"",
    ];

    private static readonly string[] RightAscensions = ["0", "0.0001", "359.9999", "180", "90", "83.8", "1e-300", "359.99999999999994"];

    private static readonly string[] Declinations = ["0", "90", "-90", "89.9999", "-89.9999", "-5.4", "45", "1e-300", "-0.0"];

    private static readonly string[] Radii = ["0", "0.0001", "0.00020000000000000001", "0.5", "1", "10", "45", "90", "1e-300", "89.99999"];

    private static readonly double[] Degrees =
    [
        0, 0.0001, 359.9999, 180, 90, -90, 89.9999, -89.9999, 83.8, 84.3, -5.4, 45, -0.0, 1e-300, double.Epsilon, 1e-170,
        360, 270, 0.5, 1, 10, 135, 1e22, double.MaxValue, double.MinValue,
    ];

    private static readonly double[] Doubles =
    [
        0, 1, -1, 0.1, 0.1 + 0.2, 1.0 / 3, -0.0, 1e22, 1e23, 9_007_199_254_740_993, 123_456_789.123_456_789, double.MaxValue, double.MinValue,
        double.Epsilon, 2.2250738585072009e-308, 2.2250738585072014e-308,
    ];

    private static readonly DateTimeOffset[] Instants =
    [
        Night, Night.AddSeconds(1), Night.AddSeconds(-1), Night.AddMicroseconds(1), Night.AddTicks(9), Night.AddTicks(-1),
        Night.ToOffset(TimeSpan.FromHours(2)),
        new(1969, 12, 31, 23, 59, 59, 999, TimeSpan.Zero), new(1999, 12, 31, 23, 59, 59, TimeSpan.Zero), new(2000, 2, 29, 0, 0, 0, TimeSpan.Zero),
        new(1, 1, 1, 0, 0, 1, TimeSpan.Zero),
        DateTimeOffset.MaxValue, DateTimeOffset.MinValue,
    ];

    public static string Text(Dice dice) => dice.Of(Texts) + (dice.Once(of: 3) ? dice.Of(Texts) : "");

    public static DateTimeOffset Instant(Dice dice) => dice.Of(Instants);

    /// <summary>A value of a property, null where it may be.</summary>
    public static object? Of(PropertyInfo property, Dice dice)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType);
        var nullable = type is not null || new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        if (nullable && dice.Next(3) == 0)
            return null;
        return property.Name.EndsWith("Deg", StringComparison.Ordinal) && dice.Next(8) > 0 ? dice.Of(Degrees) : Of(type ?? property.PropertyType, dice);
    }

    public static object Of(Type type, Dice dice) => type switch
    {
        _ when type == typeof(string) => Text(dice),
        _ when type == typeof(int) => dice.Of(Integers),
        _ when type == typeof(long) => dice.Of(Longs),
        _ when type == typeof(double) => dice.Of(Doubles),
        _ when type == typeof(decimal) => dice.Of(Decimals),
        _ when type == typeof(Guid) => new Guid(dice.Of(Integers), 0, 0x7000, [(byte)(0x80 + dice.Next(3)), 0, 0, 0, 0, 0, 0, 1]),
        _ when type == typeof(DateOnly) => DateOnly.FromDateTime(Instant(dice).UtcDateTime),
        _ when type == typeof(byte[]) => System.Text.Encoding.UTF8.GetBytes(Text(dice)),
        _ when type == typeof(JsonElement) => JsonElement.Parse(dice.Of(Jsons)),
        _ when type == typeof(Sealed) => dice.Of(Secrets),
        { IsSZArray: true } => List(type.GetElementType()!, dice),
        _ when type == typeof(bool) => dice.Once(of: 2),
        _ when type == typeof(DateTimeOffset) => Instant(dice),
        _ when type.IsEnum => dice.Of([.. Enum.GetValues(type).Cast<object>()]),
        _ => throw new NotSupportedException($"no random {type}"),
    };

    /// <summary>A filter's query parameter.</summary>
    public static IReadOnlyList<string> Parameter<T>(Filter<T> filter, Dice dice) => filter switch
    {
        ConeFilter<T> => [$"{dice.Of(RightAscensions)},{dice.Of(Declinations)},{dice.Of(Radii)}"],
        ContainsFilter<T> => [dice.Of(Parts)],
        // What texts begin with is seldom a whole one.
        PrefixFilter<T> => [Start(Text(dice), dice)],
        _ => [.. Enumerable.Range(0, 1 + (filter.Form.Many ? dice.Next(3) : 0)).Select(_ => filter.Form.Type.Text(Of(filter.Form.Type.Type, dice)))],
    };

    private static string Start(string text, Dice dice) => string.Concat(text.EnumerateRunes().Take(dice.Next(4)));

    private static Array List(Type element, Dice dice)
    {
        var list = Array.CreateInstance(element, dice.Next(4));
        for (var i = 0; i < list.Length; i++)
            list.SetValue(Of(element, dice), i);
        return list;
    }
}
