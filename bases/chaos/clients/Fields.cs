using System.Globalization;
using System.Text;

namespace OpsDb.Chaos;

/// <summary>Names with values as JSON, in an order.</summary>
internal sealed record Fields(params IReadOnlyList<(string Name, string Json)> All)
{
    public byte[] Object => Encoding.UTF8.GetBytes(ToString());

    /// <summary>The field with this value, in place of the one that there may be.</summary>
    public Fields With(string name, string json) => new([.. All.Where(f => f.Name != name), (name, json)]);

    public Fields With(Fields? more) => more is null ? this : new([.. All, .. more.All]);

    public bool Has(string name) => All.Any(f => f.Name == name);

    public override string ToString() => $"{{{string.Join(',', All.Select(f => $"\"{f.Name}\":{f.Json}"))}}}";

    public static string Text(string plain) => $"\"{plain}\"";

    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    public static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("'\"'yyyy-MM-dd'T'HH:mm:ss.ffffff'Z\"'", CultureInfo.InvariantCulture);
}
