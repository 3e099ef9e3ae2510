using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>What an operation of the API document takes besides its body: filters and paging of lists, and headers.</summary>
internal static class DocumentParameters
{
    private static readonly Dictionary<string, string> Path = new()
    {
        ["id"] = "Of the resource.",
        ["obs_unit_id"] = "Of the obs unit.",
        ["site"] = "Name of the site.",
        ["name"] = "Of an object; a plus is a plus.",
        ["code"] = "The last part of a problem's `type`.",
        ["user_code"] = "The code that the program shows, such as `BCDF-GHJK`; small letters and other signs between them do as well.",
    };

    public static void Add(OpenApiOperation operation, IReadOnlyList<object> metadata, Microsoft.OpenApi.OpenApiDocument document)
    {
        var parameters = operation.Parameters!;
        foreach (var parameter in parameters.OfType<OpenApiParameter>().Where(p => p.In == ParameterLocation.Path && p.Description is null))
            parameter.Description = Path.GetValueOrDefault(parameter.Name!);
        if (metadata.OfType<ListOf>().LastOrDefault() is { } list)
            AddList(parameters, list, document);
        if (metadata.OfType<FiltersOf>().LastOrDefault() is { } filters)
            AddFilters(parameters, filters.Parameters, document);
        if (metadata.OfType<HistoryPages>().Any())
        {
            parameters.Add(Query("limit", Limit(HistoryQuery.DefaultLimit, HistoryQuery.MaxLimit), "Versions on a page."));
            parameters.Add(new OpenApiParameterReference("after", document));
        }
        if (metadata.OfType<QueryParameters>().Any(q => q.Parameters.Contains(Responses.AsOfParameter)))
            parameters.Add(new OpenApiParameterReference(Responses.AsOfParameter, document));
        if (DocumentOperation.IsWrite(operation, metadata))
            AddHeaders("IdempotencyKey", "WaitForMain");
        if (metadata.OfType<ReadsState>().Any())
            AddHeaders("MinConsistency", "PreferState");
        if (metadata.OfType<Answers>().Any(a => a is { Row: true, Conditional: true }))
            AddHeaders("IfNoneMatch");
        if (metadata.OfType<NeedsIfMatch>().Any())
            AddHeaders("IfMatch");
        else if (metadata.OfType<Answers>().Any(a => a.MayMatch))
            AddHeaders("IfMatchOptional");
        // Last, so that it changes no position in generated clients.
        if (metadata.OfType<QueryParameters>().Any(q => q.Parameters.Contains(DryRuns.Parameter)))
            parameters.Add(new OpenApiParameterReference(DryRuns.Parameter, document));

        void AddHeaders(params string[] names)
        {
            foreach (var name in names)
                parameters.Add(new OpenApiParameterReference(name, document));
        }
    }

    /// <summary>The parameters that operations share.</summary>
    public static void AddShared(Microsoft.OpenApi.OpenApiDocument document) => document.Components!.Parameters = new Dictionary<string, IOpenApiParameter>
    {
        ["IdempotencyKey"] = Header("Idempotency-Key", "Names this request; a repetition with the same key and body is answered like the first.",
            new() { Type = JsonSchemaType.String, Pattern = "^[ -~]*$", MinLength = 1, MaxLength = 255 }),
        ["IfMatch"] = Header("If-Match", "The ETag of the resource as it was read.", required: true),
        ["IfMatchOptional"] = Header("If-Match", "The ETag of the resource as it was read: the change is refused when it has another one by now."),
        ["IfNoneMatch"] = Header("If-None-Match", "An ETag that the caller has: 304 when it is still the resource's."),
        ["MinConsistency"] = Header(ReadsState.AtLeast,
            "The `OpsDb-Consistency` of an earlier answer, of any site: this one is read from a state at least that new."),
        ["PreferState"] = Header("Prefer",
            "`stale` takes an older state rather than none; `wait=N` waits up to N seconds, 30 at most and 5 when absent, for the state that is demanded."),
        ["WaitForMain"] = Header("Prefer", "`wait=N` waits up to N seconds, 30 at most, until the main database has a change that the site buffers."),
        ["after"] = Query("after", new OpenApiSchema { Type = JsonSchemaType.String }, "The cursor of the page before (its `next`)."),
        ["count"] = Query("count", new OpenApiSchema { Type = JsonSchemaType.Boolean, Default = JsonValue.Create(false) },
            "Whether to tell how many rows match."),
        [DryRuns.Parameter] = Query(DryRuns.Parameter, new OpenApiSchema { Type = JsonSchemaType.Boolean, Default = JsonValue.Create(false) },
            "With `true` the request is checked, decided and answered as without it, and nothing is stored: neither the change nor the key. Another id "
            + "than the one that is answered may be given to a row that gets its id here."),
        [Responses.AsOfParameter] = Query(Responses.AsOfParameter, new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" },
            "The state that the main database had recorded at this instant, by its own clock, which is past. What was pending then at a site is not in "
            + "it, nor what was superseded before history was kept. What is recorded later than `OpsDb-As-Of` says is not known yet."),
    };

    private static void AddList(IList<IOpenApiParameter> parameters, ListOf list, Microsoft.OpenApi.OpenApiDocument document)
    {
        AddFilters(parameters, list.Parameters, document);
        parameters.Add(Query("sort", new OpenApiSchema { Type = JsonSchemaType.String },
            $"Any of {string.Join(", ", list.Sorts)}, comma separated, each with - in front for descending; {list.DefaultSort} when absent."
            + string.Concat(list.FilterSorts.Select(s => $" With `{s.Filter}` also {s.Sort}."))));
        parameters.Add(Query("limit", Limit(list.DefaultLimit, list.MaxLimit), "Rows on a page."));
        parameters.Add(new OpenApiParameterReference("after", document));
        parameters.Add(new OpenApiParameterReference("count", document));
        parameters.Add(new OpenApiParameterReference(Responses.AsOfParameter, document));
    }

    private static void AddFilters(IList<IOpenApiParameter> parameters, IReadOnlyList<(string Name, ParameterForm Form, string Description)> filters,
        Microsoft.OpenApi.OpenApiDocument document)
    {
        foreach (var (name, form, description) in filters)
        {
            IOpenApiSchema value = form.Type.Type.IsEnum
                ? new OpenApiSchemaReference(form.Type.Type.Name, document)
                : new OpenApiSchema { Type = DocumentSchemas.TypeOf(form.Type), Format = form.Type.SchemaFormat, Pattern = form.Pattern };
            parameters.Add(Query(name, form.Many ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = value, MaxItems = 200 } : value,
                $"Only rows {description}.{Several(form)}{(form.Hint is { } hint ? $" {hint}" : "")}"));
        }
    }

    private static string Several(ParameterForm form) =>
        !form.Many ? "" : form.Type.HasNoCommas ? " Several are given one after another, or separated by commas." : " Several are given one after another.";

    private static OpenApiSchema Limit(int byDefault, int most) => new()
    {
        Type = JsonSchemaType.Integer,
        Format = "int32",
        Minimum = "1",
        Maximum = most.ToString(CultureInfo.InvariantCulture),
        Default = JsonValue.Create(byDefault),
    };

    private static OpenApiParameter Query(string name, IOpenApiSchema schema, string description) =>
        new() { Name = name, In = ParameterLocation.Query, Description = description, Schema = schema };

    private static OpenApiParameter Header(string name, string description, OpenApiSchema? schema = null, bool required = false) =>
        new() { Name = name, In = ParameterLocation.Header, Description = description, Required = required, Schema = schema ?? Text() };

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };
}
