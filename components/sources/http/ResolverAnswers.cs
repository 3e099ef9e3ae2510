using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Sources.Http;

/// <summary>
/// The JSON of SIMBAD's TAP service: in <c>metadata</c> the names of the columns, in <c>data</c> the rows. Those that are read are main_id,
/// ra, dec, pmra, pmdec, rvz_radvel and ids, a list of names with vertical bars between; all but the first three may be missing.
/// </summary>
internal static class SimbadAnswer
{
    public static KnownObject? Read(JsonElement answer, string asked)
    {
        if (!Member(answer, "metadata", JsonValueKind.Array, out var metadata) || !Member(answer, "data", JsonValueKind.Array, out var data))
            throw new ResolverFaultException("answered JSON of another form than SIMBAD's");
        if (data.GetArrayLength() == 0)
            return null;
        var columns = metadata.EnumerateArray().Select(c => Member(c, "name", JsonValueKind.String, out var name) ? name.GetString() : null).ToList();
        if (data[0].ValueKind != JsonValueKind.Array || data[0].GetArrayLength() != columns.Count)
            throw new ResolverFaultException("answered a row without as many values as it has columns");
        JsonElement Of(string column) => columns.IndexOf(column) is >= 0 and var at ? data[0][at] : default;
        var (ra, dec) = Answered.Place(Of("ra"), Of("dec"));
        var motion = (Answered.Within(Of("pmra"), 100_000), Answered.Within(Of("pmdec"), 100_000));
        var (pmRa, pmDec) = motion is ({ }, { }) ? motion : (null, null);
        var names = Answered.Text(Of("ids"))?.Split('|') ?? [];
        return new(Answered.Name(Answered.Text(Of("main_id"))) ?? asked, ra, dec, pmRa, pmDec, Answered.Within(Of("rvz_radvel"), 299_792),
            [.. names.Select(Answered.Name).OfType<string>().Distinct().Take(Answered.MaxNames)]);
    }

    private static bool Member(JsonElement of, string name, JsonValueKind kind, out JsonElement member) => Answered.Member(of, name, kind, out member);
}

/// <summary>
/// The JSON of NED's ObjectLookup: <c>ResultCode</c> is 3 when the object is known, whose name and place are then in <c>Preferred</c>; 0 to 2
/// say that the name is none, or of several, or of nothing in NED.
/// </summary>
internal static class NedAnswer
{
    private const int Found = 3;

    public static KnownObject? Read(JsonElement answer, string asked)
    {
        if (!Answered.Member(answer, "ResultCode", JsonValueKind.Number, out var code) || !code.TryGetInt32(out var result) || result is < 0 or > Found)
            throw new ResolverFaultException("answered JSON of another form than NED's");
        if (result != Found)
            return null;
        if (!Answered.Member(answer, "Preferred", JsonValueKind.Object, out var preferred)
            || !Answered.Member(preferred, "Position", JsonValueKind.Object, out var position))
            throw new ResolverFaultException("answered no position");
        var (ra, dec) = Answered.Place(Answered.Of(position, "RA"), Answered.Of(position, "Dec"));
        return new(Answered.Name(Answered.Text(Answered.Of(preferred, "Name"))) ?? asked, ra, dec, null, null, null, []);
    }
}

/// <summary>What is taken of an answer, which may say anything.</summary>
internal static class Answered
{
    public const int MaxNames = 100;

    public static bool Member(JsonElement of, string name, JsonValueKind kind, out JsonElement member)
    {
        member = default;
        return of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out member) && member.ValueKind == kind;
    }

    public static JsonElement Of(JsonElement of, string name) => of.TryGetProperty(name, out var member) ? member : default;

    /// <exception cref="ResolverFaultException">It is no place on the sky.</exception>
    public static (double RaDeg, double DecDeg) Place(JsonElement ra, JsonElement dec) =>
        Within(ra, 360) is { } raDeg and >= 0 and < 360 && Within(dec, 90) is { } decDeg
            ? (raDeg, decDeg)
            : throw new ResolverFaultException("answered a position that is none");

    /// <returns>Null when it is no number, or a larger one.</returns>
    public static double? Within(JsonElement value, double most) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && Math.Abs(number) <= most ? number : null;

    public static string? Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <returns>With single blanks; null when nobody could be shown it.</returns>
    public static string? Name(string? text) =>
        string.Join(' ', (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)) is var name && TextRules.NameFault(name) is null ? name : null;
}
