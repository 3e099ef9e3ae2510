using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The API document, completed with what all endpoints have in common.</summary>
internal static class OpenApiDocument
{
    public const string Name = "v1";

    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddSingleton<ServedDocument>().AddOpenApi(Name, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new() { Title = "OpsDb data API", Version = "v1", Description = "The operations database of an observatory: what is planned, and what was observed." };
            document.Servers = [];
            document.Components ??= new();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes["token"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API token." };
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            // The JSON dialect has converters of its own for these, whose form the exporter cannot know.
            var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
            if (type == typeof(string) || type == typeof(double) || type == typeof(DateTimeOffset))
                schema.Type = SchemaType(type) | (context.JsonPropertyInfo?.IsGetNullable == true ? JsonSchemaType.Null : 0);
            // An answer may get more fields in a later release.
            if (type.IsAssignableTo(typeof(Row)))
                schema.AdditionalPropertiesAllowed = true;
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            operation.Parameters ??= [];
            if (metadata.OfType<Access>().LastOrDefault()?.Permission is { } permission)
            {
                operation.Security = [new() { [new OpenApiSecuritySchemeReference("token", context.Document)] = [] }];
                operation.Description = $"{operation.Description} Needs the scope `{permission}`.".Trim();
            }
            if (metadata.OfType<Alias>().LastOrDefault() is { } alias)
            {
                operation.Deprecated = true;
                operation.Description = $"{operation.Description} An address of older systems; use `{alias.Successor}`.".Trim();
            }
            if (metadata.OfType<ListOf>().LastOrDefault() is { } list)
                AddListParameters(operation.Parameters, list);
            if (operation.RequestBody is not null)
            {
                operation.Parameters.Add(Header("Idempotency-Key", "1–255 printable ASCII characters that name this request; a repetition is answered like the first.", false));
                operation.Parameters.Add(Header("Prefer", "`wait=N` waits up to N seconds, 30 at most, until the main database has a change that the site buffers.", false));
            }
            if (metadata.OfType<ReadsState>().Any())
            {
                operation.Parameters.Add(Header(ReadsState.AtLeast, "The `OpsDb-Consistency` of an earlier answer, of any site: this one is read from a state at least that new.", false));
                operation.Parameters.Add(Header("Prefer", "`stale` takes an older state rather than none; `wait=N` waits up to N seconds, 30 at most and 5 when absent, for the state that is demanded.", false));
            }
            if (metadata.OfType<NeedsIfMatch>().Any())
                operation.Parameters.Add(Header("If-Match", "The ETag of the resource as it was read.", true));
            return Task.CompletedTask;
        });
    });

    private static void AddListParameters(IList<IOpenApiParameter> parameters, ListOf list)
    {
        foreach (var (name, type, many, description) in list.Parameters)
        {
            IOpenApiSchema value = new OpenApiSchema { Type = SchemaType(type), Format = Format(type), Enum = type.IsEnum ? [.. Enum.GetNames(type).Select(n => (JsonNode)Json.SnakeCase(n))] : null };
            parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Query,
                Description = description,
                Explode = !many,
                Schema = many ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = value } : value,
            });
        }
        parameters.Add(Query("sort", JsonSchemaType.String, $"Any of {string.Join(", ", list.Sorts)}, comma separated, each with - in front for descending; {list.DefaultSort} when absent."));
        parameters.Add(Query("limit", JsonSchemaType.Integer, "Rows on a page, 1 to 1000; 100 when absent."));
        parameters.Add(Query("after", JsonSchemaType.String, "The cursor of the page before (its `next`)."));
        parameters.Add(Query("count", JsonSchemaType.Boolean, "Whether to tell how many rows match."));
    }

    private static OpenApiParameter Query(string name, JsonSchemaType type, string description) =>
        new() { Name = name, In = ParameterLocation.Query, Description = description, Schema = new OpenApiSchema { Type = type } };

    private static OpenApiParameter Header(string name, string description, bool required) =>
        new() { Name = name, In = ParameterLocation.Header, Description = description, Required = required, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    private static JsonSchemaType SchemaType(Type type) =>
        type == typeof(int) ? JsonSchemaType.Integer : type == typeof(double) ? JsonSchemaType.Number : type == typeof(bool) ? JsonSchemaType.Boolean : JsonSchemaType.String;

    private static string? Format(Type type) => type == typeof(Guid) ? "uuid" : type == typeof(DateTimeOffset) ? "date-time" : null;
}
