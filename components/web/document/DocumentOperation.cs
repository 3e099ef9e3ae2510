using System.Globalization;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;

namespace OpsDb.Web;

/// <summary>One operation of the API document: its name, what it needs, what it takes, and everything that it may answer.</summary>
internal static class DocumentOperation
{
    private const string ProblemType = "application/problem+json";

    public static void Complete(OpenApiOperation operation, IReadOnlyList<object> metadata, Microsoft.OpenApi.OpenApiDocument document)
    {
        var access = metadata.OfType<Access>().Last();
        var permission = access.Permission;
        var needs = permission is null ? "Anybody may ask." : $"Needs the scope `{string.Join("` and `", [permission, .. access.Others])}`.";
        operation.OperationId ??= metadata.OfType<IEndpointNameMetadata>().LastOrDefault()?.EndpointName;
        operation.Parameters ??= [];
        operation.Security = permission is null ? [] : [new() { [new OpenApiSecuritySchemeReference("token", document)] = [] }];
        operation.Description = $"{operation.Description} {needs}".Trim();
        if (metadata.OfType<Alias>().LastOrDefault() is { } alias)
        {
            operation.Deprecated = true;
            operation.Description += $" An address of older systems; use `{alias.Successor}`.";
        }
        if (metadata.OfType<PatchOf>().LastOrDefault() is { } patch && operation.RequestBody?.Content is { } content)
        {
            content.Clear();
            content[Request<object>.MergePatchType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(patch.SchemaName, document) };
        }
        if (metadata.OfType<LinesOf>().LastOrDefault() is { } lines)
        {
            operation.Description += $" The body may also be `{RowFormat.LinesType}`: the first line is an object with everything but `{lines.List}`, "
                + $"each line after it is one of the `{lines.List}`. The same rules, limits and answers hold.";
            operation.RequestBody!.Content![RowFormat.LinesType] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }
        if (metadata.OfType<TextOf>().Any() && operation.RequestBody?.Content is { } text)
        {
            text.Clear();
            text[TextOf.Type] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }
        DocumentParameters.Add(operation, metadata, document);
        AddProblems(operation, permission is not null, document);
        foreach (var (status, response) in operation.Responses!.Where(r => r.Value is OpenApiResponse))
            Complete((OpenApiResponse)response, int.Parse(status, CultureInfo.InvariantCulture), metadata, IsWrite(operation, metadata));
        if (metadata.OfType<ListOf>().LastOrDefault() is { } list)
        {
            var forms = RowFormat.All.Select(f => $"with `Accept: {f.ContentType}` {f.About}");
            operation.Description += $" All rows, without a page's limit, are answered {string.Join(", ", forms)}.";
            foreach (var format in RowFormat.All)
            {
                operation.Responses!["200"].Content![format.ContentType] = new()
                {
                    Schema = format.IsJson ? new OpenApiSchemaReference(list.Row.Name, document) : new OpenApiSchema { Type = JsonSchemaType.String },
                };
            }
        }
    }

    public static bool IsWrite(OpenApiOperation operation, IReadOnlyList<object> metadata) =>
        operation.RequestBody is not null && !metadata.OfType<Asks>().Any() || metadata.OfType<Writes>().Any();

    /// <summary>The responses that all operations share: a problem of each status that one may have.</summary>
    public static void AddShared(Microsoft.OpenApi.OpenApiDocument document)
    {
        var used = document.Paths.Values.SelectMany(p => p.Operations!.Values).SelectMany(o => o.Responses!)
            .Where(r => r.Value is OpenApiResponseReference).Select(r => r.Key);
        document.Components!.Responses ??= new Dictionary<string, IOpenApiResponse>();
        foreach (var status in used.Distinct().Order(StringComparer.Ordinal))
        {
            var response = new OpenApiResponse
            {
                Description = Meaning(int.Parse(status, CultureInfo.InvariantCulture), isProblem: true),
                Content = new Dictionary<string, OpenApiMediaType> { [ProblemType] = new() { Schema = new OpenApiSchemaReference("Problem", document) } },
            };
            Add(response, "OpsDb-Transaction", "The transaction concerned, where there is one.", "0198b3c4-7a5e-7c11-9d2e-5b1a3f6c8e01");
            AddState(response);
            if (status == "401")
                Add(response, "WWW-Authenticate", "How to authenticate, and what is wrong with the token.", "Bearer realm=\"opsdb\"", true);
            if (status is "503" or "429")
                Add(response, "Retry-After", "Seconds after which a repetition makes sense.", "1", true);
            if (status == "429")
            {
                Add(response, "RateLimit-Limit", "How much at once, or in a second; not where a share of the buffer is full.", "512");
                Add(response, "RateLimit-Remaining", "How much of that is left.", "0");
                Add(response, "RateLimit-Reset", "Seconds until there is more.", "1");
            }
            document.Components.Responses[NameOf(status)] = response;
        }
    }

    /// <summary>What every operation of its kind may be refused with.</summary>
    private static void AddProblems(OpenApiOperation operation, bool needsToken, Microsoft.OpenApi.OpenApiDocument document)
    {
        operation.Responses ??= [];
        List<int> statuses = [400, 500];
        if (needsToken)
            statuses.AddRange([401, 403, 429, 503]);
        if (operation.RequestBody is not null)
            statuses.AddRange([413, 415]);
        if (operation.Parameters!.Any(p => p.In == ParameterLocation.Path))
            statuses.Add(404);
        var refusals = operation.Responses.Where(r => r.Value.Content?.ContainsKey(ProblemType) == true).Select(r => r.Key)
            .Concat(statuses.Select(s => s.ToString(CultureInfo.InvariantCulture)).Where(s => !operation.Responses.ContainsKey(s)));
        foreach (var status in refusals.ToList())
            operation.Responses[status] = new OpenApiResponseReference(NameOf(status), document);
        var ordered = operation.Responses.OrderBy(r => r.Key, StringComparer.Ordinal).ToList();
        operation.Responses.Clear();
        foreach (var (status, response) in ordered)
            operation.Responses[status] = response;
    }

    private static void Complete(OpenApiResponse response, int status, IReadOnlyList<object> metadata, bool isWrite)
    {
        response.Description = Meaning(status, isProblem: false);
        var answer = metadata.OfType<Answers>().LastOrDefault();
        var isSuccess = status is >= 200 and < 300;
        if (isSuccess && answer is { Row: true } || status == 304)
            Add("ETag", "Names this content, for `If-None-Match` and, of a row, for `If-Match`.", "\"3\"", true);
        if (status is 200 or 201 or 202 && answer is { Location: true })
            Add("Location", "The address of the row.", "/api/v1/sources/7", true);
        if (status == 200 && metadata.Any(m => m is ListOf or HistoryPages))
            Add("Link", "The address of the next page, with `rel=\"next\"`; absent on the last.", "</api/v1/sources?after=WyJpZCIsIjEwMCJd>; rel=\"next\"");
        if (metadata.OfType<Alias>().LastOrDefault() is { } alias && (isSuccess || status == 304))
        {
            Add("Deprecation", "Since when the address is deprecated (RFC 9745).", "@1795219200", true);
            Add("Link", "The address to use instead, with `rel=\"successor-version\"`.", $"<{alias.Successor}>; rel=\"successor-version\"", true);
        }
        if (isWrite)
            Add("OpsDb-Transaction", "The transaction that the write became, or would have become; absent when nothing was to be changed.",
                "0198b3c4-7a5e-7c11-9d2e-5b1a3f6c8e01");
        if (isWrite && isSuccess)
            Add("Idempotency-Replayed", "`true` when this is the first answer again, of a request with the same `Idempotency-Key`.", "true");
        if (isWrite && isSuccess)
            Add(DryRuns.Header, "`true` when this is what the request would have been answered without `dry_run`: nothing was stored.", "true");
        if ((isSuccess || status == 304) && (isWrite || metadata.OfType<ReadsState>().Any()))
            AddState(response);

        void Add(string name, string description, string example, bool required = false) =>
            DocumentOperation.Add(response, name, description, example, required);
    }

    /// <summary>Which state an answer rests on, where it rests on one.</summary>
    private static void AddState(OpenApiResponse response)
    {
        Add(response, "OpsDb-Consistency",
            "The state that was read or written, for `OpsDb-Min-Consistency`; absent when an older one was taken than was asked for.",
            "observatory:0198b3c47a5e7c119d2e5b1a3f6c8e01:42:1:0/5D0A2C8");
        Add(response, "OpsDb-As-Of", "The time of the newest change in the database that was read.", "2026-03-01T02:15:00Z");
        Add(response, "Preference-Applied", "The preferences that decided what the answer is.", "wait");
    }

    private static void Add(OpenApiResponse response, string name, string description, string example, bool required = false) =>
        (response.Headers ??= new Dictionary<string, IOpenApiHeader>())[name] = new OpenApiHeader
        {
            Description = description,
            Required = required,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            Example = example,
        };

    private static string NameOf(string status) => $"Problem{status}";

    private static string Meaning(int status, bool isProblem) => status switch
    {
        200 => "What was asked for.",
        204 => "It is done.",
        201 => "It was created, and the main database has it.",
        202 => "It is stored durably at the site and goes to the main database later.",
        304 => "The caller has it already.",
        400 => "The request cannot be understood.",
        401 => "There is no token, or none that is known.",
        403 => "The token does not permit this.",
        404 => "There is no such resource.",
        409 => "The present state does not allow this.",
        412 => "The resource, or the state that was demanded, is another one.",
        413 => "The body is too large.",
        415 => "The content type is not the one that is taken.",
        422 => "A rule does not allow this.",
        428 => "`If-Match` is missing.",
        500 => "The request failed for a reason that is not in it.",
        429 => "The user has filled their share, or asks too much at once; repeat the request later. Others are not concerned.",
        503 when isProblem => "Something that is needed cannot be reached; repeat the request later, a write with the same `Idempotency-Key`.",
        _ => "The site does not take requests.",
    };
}
