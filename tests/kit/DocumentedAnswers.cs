using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;
using OpsDb.Servers;

namespace OpsDb.TestKit;

/// <summary>An API has answered something that its document does not say.</summary>
public sealed class UndocumentedAnswerException(string message) : Exception(message);

/// <summary>
/// Holds answers against the API document: the status is one of the operation's, the body has its content type and its schema,
/// with no field that is not in it, and its headers are there and no others of the product's.
/// </summary>
public sealed partial class DocumentedAnswers
{
    private const string ProblemType = "application/problem+json";

    // Other headers belong to HTTP itself and to the server.
    private static readonly string[] OwnHeaders = ["ETag", "Link", "Location", "Deprecation", "Retry-After", "Idempotency-Replayed",
        "WWW-Authenticate", "Preference-Applied"];

    private static readonly Lazy<DocumentedAnswers> OfTheCommittedDocument = new(() =>
        new(JsonNode.Parse(File.ReadAllText(Path.Combine(BuiltPrograms.Root, "docs/openapi/v1.json")))!));

    private readonly JsonObject document;
    private readonly IReadOnlyList<(Regex Address, JsonObject Operations)> addresses;
    private readonly ConcurrentDictionary<string, Lazy<JsonSchema>> compiled = new();

    public DocumentedAnswers(JsonNode document)
    {
        this.document = document.AsObject();
        // Literal parts go before parameters.
        addresses = [.. document["paths"]!.AsObject().OrderBy(p => p.Key.Count(c => c == '{'))
            .Select(p => (new Regex($"^{Parameter().Replace(p.Key.TrimEnd('/'), "[^/]+")}/?$",
                RegexOptions.IgnoreCase | RegexOptions.CultureInvariant), p.Value!.AsObject()))];
    }

    /// <summary>Of the document that is committed, which a test holds equal to the one that is served.</summary>
    public static DocumentedAnswers Committed => OfTheCommittedDocument.Value;

    /// <param name="body">The text of the body.</param>
    /// <exception cref="UndocumentedAnswerException">With what is wrong.</exception>
    public void Check(HttpResponseMessage answer, string body)
    {
        var method = answer.RequestMessage!.Method;
        var path = answer.RequestMessage.RequestUri!.AbsolutePath;
        // What the server refuses before the API sees it, what others bring along, and methods that are the same everywhere.
        if (answer.StatusCode is HttpStatusCode.RequestHeaderFieldsTooLarge or HttpStatusCode.RequestUriTooLong or HttpStatusCode.RequestTimeout
            || method == HttpMethod.Head || method == HttpMethod.Options
            || path.StartsWith("/docs", StringComparison.Ordinal) || path.StartsWith("/openapi/", StringComparison.Ordinal))
            return;
        var status = ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var mistakes = new List<string>();
        var here = addresses.Where(a => a.Address.IsMatch(path)).Select(a => a.Operations).ToList();
        if (here.Select(o => o[method.Method.ToLowerInvariant()]).FirstOrDefault(o => o is not null) is not { } operation)
        {
            if (status != (here.Count == 0 ? "404" : "405"))
                mistakes.Add($"the document has no such {(here.Count == 0 ? "address" : "method")}");
            CheckBody(answer, body, JsonNode.Parse($$$"""{"{{{ProblemType}}}":{"schema":{"$ref":"#/components/schemas/Problem"} } }""")!.AsObject(), mistakes);
        }
        else if (Resolve(operation["responses"]![status]) is { } response)
        {
            CheckBody(answer, body, response["content"]?.AsObject(), mistakes);
            CheckHeaders(answer, response["headers"]?.AsObject() ?? [], mistakes);
        }
        else
        {
            mistakes.Add($"{operation["operationId"]} answers {string.Join(", ", operation["responses"]!.AsObject().Select(r => r.Key))}");
        }
        if (mistakes.Count > 0)
        {
            var address = answer.RequestMessage.RequestUri.PathAndQuery;
            throw new UndocumentedAnswerException(
                $"{method} {address} was answered with {status}, which is not what the API document says:\n  {string.Join("\n  ", mistakes)}\n{body}");
        }
    }

    private void CheckBody(HttpResponseMessage answer, string body, JsonObject? documented, List<string> mistakes)
    {
        var type = answer.Content.Headers.ContentType?.MediaType;
        if (documented is null)
        {
            if (body.Length > 0)
                mistakes.Add($"the document has no body, and there is one of {type}");
        }
        else if (type is null || documented[type] is not { } content)
        {
            mistakes.Add($"the document has a body of {string.Join(" or ", documented.Select(c => c.Key))}, and this one is {type ?? "nothing"}");
        }
        else if (type.EndsWith("json", StringComparison.Ordinal) && content["schema"] is { } schema)
        {
            // The schema of lines is that of one.
            foreach (var value in type.EndsWith("ndjson", StringComparison.Ordinal) ? body.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [body])
                mistakes.AddRange(Validate(schema, JsonSerializer.Deserialize<JsonElement>(value)));
        }
    }

    private static void CheckHeaders(HttpResponseMessage answer, JsonObject documented, List<string> mistakes)
    {
        mistakes.AddRange(documented.Where(h => h.Value!["required"]?.GetValue<bool>() == true && !answer.Headers.Contains(h.Key))
            .Select(h => $"the header {h.Key} is not there"));
        mistakes.AddRange(answer.Headers.Select(h => h.Key)
            .Where(h => (h.StartsWith("OpsDb-", StringComparison.OrdinalIgnoreCase) || OwnHeaders.Contains(h, StringComparer.OrdinalIgnoreCase))
                && !documented.ContainsKey(h))
            .Select(h => $"the header {h} is not in the document"));
    }

    private IEnumerable<string> Validate(JsonNode schema, JsonElement body)
    {
        var check = compiled.GetOrAdd(schema.ToJsonString(), _ => new(() => Compile(schema))).Value;
        if (check.Evaluate(body, new EvaluationOptions { OutputFormat = OutputFormat.Flag, RequireFormatValidation = true }).IsValid)
            return [];
        var all = check.Evaluate(body, new EvaluationOptions { OutputFormat = OutputFormat.List, RequireFormatValidation = true });
        return (all.Details ?? []).Where(d => d.Errors is not null)
            .SelectMany(d => d.Errors!.Select(e => $"{(d.InstanceLocation.ToString() is { Length: > 0 } at ? at : "the body")}: {e.Value}"));
    }

    /// <summary>With what it refers to and nothing else, and closed: an answer may get more fields in a later release, but not in silence.</summary>
    private JsonSchema Compile(JsonNode schema)
    {
        var definitions = new JsonObject();
        var open = new Queue<JsonNode>([schema]);
        while (open.TryDequeue(out var next))
        {
            foreach (var name in Reference().Matches(next.ToJsonString()).Select(m => m.Groups[1].Value).Where(n => !definitions.ContainsKey(n)))
            {
                var definition = document["components"]!["schemas"]![name]!.DeepClone().AsObject();
                if (definition["properties"] is not null && definition["additionalProperties"] is null)
                    definition["additionalProperties"] = false;
                definitions[name] = definition;
                open.Enqueue(definition);
            }
        }
        var root = schema.DeepClone().AsObject();
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        root["$defs"] = definitions;
        return JsonSchema.FromText(root.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal));
    }

    private JsonNode? Resolve(JsonNode? response) =>
        response?["$ref"]?.GetValue<string>() is { } reference ? document["components"]!["responses"]![reference.Split('/')[^1]] : response;

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("\"\\$ref\":\"#/components/schemas/([^\"]+)\"")]
    private static partial Regex Reference();
}
