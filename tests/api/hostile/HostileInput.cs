using System.Text;

namespace OpsDb.ApiTests.Hostile;

/// <summary>One request that nobody sends in good faith.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Path">As it goes over the wire.</param>
/// <param name="Body">Null when there is none.</param>
/// <param name="ContentType">Null when it is not told.</param>
/// <param name="MustRefuse">Whether it has to be refused; else only an answer and no failure is wanted.</param>
internal sealed record HostileInput(
    string Name, string Path, byte[]? Body = null, string? ContentType = null, IReadOnlyList<(string Name, string Value)>? Headers = null,
        bool MustRefuse = false)
{
    /// <summary>The address itself may not exist then, and the server below the API may refuse it.</summary>
    public bool IsOfPath { get; init; }

    /// <summary>Only a caller who may comes so far that it matters.</summary>
    public bool IsOfField { get; init; }
}

/// <summary>The table: what is tried with each kind of parameter.</summary>
internal static class HostileInputs
{
    private static readonly string[] Texts = ["", "%00", "%FF", "%ED%A0%80", "null", "-1", "1e400", "99999999999999999999", "a,b,,c", "%27%3B--",
        new('x', 3000), "%F0%9F%94%AD"];
    private static readonly string[] Paths = ["0", "-1", "99999999999999999999", "1.5", "abc", "%00", "%FF", "..%2F..%2Fetc%2Fpasswd",
        "00000000-0000-0000-0000-000000000000", new('x', 2000)];
    private static readonly string[] Cursors = ["x", "%00", "!!!!", Cursor("[]"), Cursor("null"), Cursor("{}"), Cursor("[null,null]"), Cursor("[[[[]]]]"),
        Cursor("[\"\\ud800\"]"), new('A', 4000)];
    private static readonly string[] SortValues = ["null,null", "null,\"1\"", "\"\\u0000\",\"1\"", "\"x\",\"99999999999999999999\"", "1,1"];
    private static readonly string[] Values =
        ["null", "[null]", "{\"a\":null}", "true", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "1e400", "-1e308", "2147483648", "-1", "\"2026-13-45T99:99:99Z\"",
            "\"a, b\"", $"\"{new string('é', 20_000)}\"", Nested(30)];

    private static readonly (string Name, string Body)[] Bodies =
    [
        ("no body", ""), ("blank", " \n"), ("null", "null"), ("a list", "[]"), ("a list of null", "[null]"), ("a text", "\"x\""), ("a number", "1"),
            ("half", "{"), ("two", "{} {}"), ("a comment", "/* x */ {}"),
        ("single quotes", "{'a':1}"), ("NaN", "{\"a\":NaN}"), ("NUL", "{\"a\":\0}"), ("an unknown field", "{\"nobody_knows\":1}"),
            ("a NUL in a name", "{\"a\\u0000b\":1}"), ("half a character in a name", "{\"\\ud800\":1}"),
        ("a long name", $"{{\"{new string('n', 10_000)}\":1}}"), ("the same name twice", "{\"a\":1,\"a\":2}"), ("deep", Nested(2_000)),
            ("an endless list", new string('[', 50_000)),
        ("many unknown fields", $"{{{string.Join(',', Enumerable.Range(0, 1500).Select(i => $"\"field_{i}\":null"))}}}"),
    ];

    public static IEnumerable<HostileInput> Of(Operation operation, IReadOnlyDictionary<string, string> known)
    {
        var address = operation.Address(known);
        // A parameter without which the others are not looked at; and maintenance is only tried, because it would refuse all that comes after it.
        var path = $"{address}?{(operation.InQuery.Any(p => p.Name == "state") ? "state=failed&" : "")}"
            + (operation is { Method: "PUT", Path: "/api/v1/platform/settings/maintenance" } ? "dry_run=true&" : "");
        var (body, type) = (operation.BodyType is null ? null : Encoding.UTF8.GetBytes(Valid(operation, null, "")), operation.BodyType);
        foreach (var name in operation.InPath)
        {
            foreach (var text in Paths)
                yield return new($"path {name}={Short(text)}", operation.Address(new Dictionary<string, string>(known) { [operation.Key(name)] = text }),
                    body, type, MustRefuse: text == "%00" || text == "abc" && name != "preference")
                { IsOfPath = true };
        }
        foreach (var (name, values) in operation.InQuery.Select(p => (p.Name, p.Name == "after" ? Cursors : Texts)))
        {
            foreach (var text in values)
                yield return new($"query {name}={Short(text)}", $"{path}{name}={text}", body, type,
                    MustRefuse: name is "after" or "count" or "dry_run" or "limit" || (name is "sort" && text != ""));
            yield return new($"query {name} twice", $"{path}{name}=1&{name}=%00", body, type, MustRefuse: true);
        }
        foreach (var sort in operation.Sorts)
        {
            foreach (var values in SortValues)
                yield return new($"query after={sort} {values}", $"{path}sort={sort}&after={Cursor($"[\"{sort},id\",{values}]")}", body, type,
                    MustRefuse: true);
        }
        yield return new("an unknown parameter", $"{path}nobody_knows=1", body, type, MustRefuse: true);
        yield return new("a parameter without a name", $"{path}=1&&=", body, type);
        yield return new("many parameters", $"{path}{string.Join('&', Enumerable.Range(0, 700).Select(i => $"p{i}=%00"))}", body, type, MustRefuse: true);
        foreach (var (name, value, refused) in OfHeaders(operation))
            yield return new($"header {name}: {Short(value)}", path.TrimEnd('?', '&'), body, type, [(name, value)], refused);
        foreach (var input in type is null ? [] : OfBody(operation, path.TrimEnd('?', '&'), type))
            yield return input;
    }

    private static IEnumerable<(string Name, string Value, bool Refused)> OfHeaders(Operation operation)
    {
        foreach (var text in (string[])["wait=99999999999999999999", "wait=-1", "wait=\"", ";;;=,,=", "stale;stale", new('w', 4000), "é"])
            yield return ("Prefer", text, false);
        foreach (var text in (string[])["x", "\"", "W/", "\"a\" \"b\"", "*, \"a\"", "\u00ff"])
        {
            var isRead = operation.Method == "GET" && operation.InPath.Count > 0 && operation.InHeaders.Contains("OpsDb-Min-Consistency")
                && !operation.IsList && !operation.Path.StartsWith("/executed", StringComparison.Ordinal);
            yield return ("If-Match", text, isRead || operation.IsWrite);
            yield return ("If-None-Match", text, isRead || operation.IsWrite);
        }
        foreach (var text in (string[])["", "é", "a\tb", new('k', 256), new('k', 4000)])
            yield return ("Idempotency-Key", text, operation.IsWrite);
        var reads = operation.InHeaders.Contains("OpsDb-Min-Consistency");
        foreach (var text in (string[])["", "x", "::::", "main:-:0:0:0", "main:-:-1:1:0/0", "x:00000000000000000000000000000000:1:1:0/0",
            "nowhere:0192f0c0000070008000000000000000:7:1:0/0", "main:-:0:1:FFFFFFFF/FFFFFFFF", $"{new string('s', 3000)}:-:0:1:0/0", "é:-:0:1:0/0"])
            yield return ("OpsDb-Min-Consistency", text, reads);
        foreach (var (name, value) in ((string, string)[])[("Accept", "*/*;q=nonsense"), ("Accept-Encoding", "\u00ff"), ("Range", "bytes=-1-"),
            ("Expect", "nothing"), ("X-Long", new string('h', 8000)), ("Cookie", "a=b; ;=;"), ("Origin", "null")])
            yield return (name, value, false);
    }

    private static IEnumerable<HostileInput> OfBody(Operation operation, string path, string type)
    {
        IReadOnlyList<(string, string)> any = operation.InHeaders.Contains("If-Match") ? [("If-Match", "*")] : [];
        foreach (var (name, text) in Bodies)
            yield return new($"body {name}", path, Encoding.UTF8.GetBytes(text), type, any, MustRefuse: name is not ("no body" or "blank"));
        foreach (var (name, bytes) in ((string, byte[])[])
            [("not UTF-8", [.. "{\"a\":\""u8, 0xFF, 0xB0, .. "\"}"u8]), ("a half sequence", [.. "{\""u8, 0xE2, 0x82]),
                ("UTF-16", Encoding.Unicode.GetBytes("{}")), ("only a mark", [0xEF, 0xBB, 0xBF]),
                ("binary", [.. Enumerable.Range(0, 256).Select(i => (byte)i)]), ("too large", new byte[1_100_000])])
            yield return new($"body {name}", path, bytes, type, any, MustRefuse: name != "only a mark");
        var valid = Encoding.UTF8.GetBytes(Valid(operation, null, ""));
        foreach (var other in (string?[])[null, "", "text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded", "nonsense",
            "é/é", type == "application/json" ? "application/merge-patch+json" : "application/json"])
            yield return new($"content type {other ?? "none"}", path, valid, other, any, MustRefuse: true);
        foreach (var encoding in (string[])["gzip", "br", "deflate", "nonsense", "gzip, gzip, br"])
            yield return new($"content encoding {encoding}", path, valid, type, [.. any, ("Content-Encoding", encoding)], MustRefuse: true);
        foreach (var field in operation.Fields)
        {
            foreach (var value in Values)
                yield return new($"body {field.Name}={Short(value)}", path, Encoding.UTF8.GetBytes(Valid(operation, field.Name, value)), type, any,
                    MustRefuse: value is "\"\\ud800\"" or "1e400")
                { IsOfField = true };
        }
    }

    /// <summary>A body that is right, but for one field.</summary>
    private static string Valid(Operation operation, string? wrong, string value) =>
        $"{{{string.Join(',', operation.Fields.Where(f => f.Required && operation.Method != "PATCH" && f.Name != wrong)
            .Select(f => $"\"{f.Name}\":{Sample(f)}").Concat(wrong is null ? [] : [$"\"{wrong}\":{value}"]))}}}";

    private static string Sample(Parameter field) => field switch
    {
        { Type: "integer" } => "1",
        { Type: "number" } => "1.5",
        { Type: "boolean" } => "true",
        { Type: "array" } => "[]",
        { Type: "object" } => "{}",
        { Format: "uuid" } => $"\"{Guid.CreateVersion7()}\"",
        { Format: "date-time" } => "\"2026-01-01T00:00:00Z\"",
        { Format: { } one } => $"\"{one}\"",
        _ => $"\"{Guid.NewGuid():n}\"",
    };

    private static string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);

    private static string Cursor(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Short(string text) => text.Length <= 40 ? text : $"{text[..30]}… ({text.Length})";
}
