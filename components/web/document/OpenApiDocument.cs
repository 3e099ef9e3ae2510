using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>The API document: what the endpoints say of themselves, completed with what all of them have in common.</summary>
internal static class OpenApiDocument
{
    public const string Name = "v1";

    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddSingleton<ServedDocument>().AddOpenApi(Name, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.CreateSchemaReferenceId = SchemaName;
        var schemas = new DocumentSchemas();
        options.AddSchemaTransformer((schema, context, _) =>
        {
            schemas.Note(schema, context.JsonTypeInfo, context.JsonPropertyInfo);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            DocumentOperation.Complete(operation, [.. context.Description.ActionDescriptor.EndpointMetadata], context.Document!);
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, context, _) =>
        {
            var endpoints = context.DescriptionGroups.SelectMany(g => g.Items).Select(i => i.ActionDescriptor.EndpointMetadata).ToList();
            document.Info = new()
            {
                Title = "OpsDb data API",
                Version = "v1",
                Description = "The operations database of an observatory: what is planned, and what was observed. Every site has this API. "
                    + "What must not be lost is taken also while the site is cut off: it is stored durably there, answered with 202, and brought to the "
                    + "main database later.",
            };
            document.Servers = [new() { Url = "/", Description = "The site that serves this document." }];
            document.Components ??= new();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes["token"] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API token, made with `opsdb-data-api tokens create`.",
            };
            foreach (var tag in document.Tags ?? new HashSet<OpenApiTag>())
                tag.Description = endpoints.SelectMany(m => m.OfType<TagText>()).FirstOrDefault(t => t.Tag == tag.Name)?.Text;
            DocumentParameters.AddShared(document);
            DocumentOperation.AddShared(document);
            schemas.Complete(document, endpoints);
            return Task.CompletedTask;
        });
    });

    /// <summary>The name of a type's schema; null for one that is written where it is used.</summary>
    public static string? SchemaName(JsonTypeInfo type) =>
        (Nullable.GetUnderlyingType(type.Type) ?? type.Type) == typeof(JsonElement) ? null
        : type.Type == typeof(ProblemBody) ? "Problem"
        : type.Type.IsGenericType && type.Type.GetGenericTypeDefinition() == typeof(PageAnswer<>) ? $"{NameOf(type.Type.GenericTypeArguments[0])}Page"
        : IsVersion(type.Type) ? NameOf(type.Type)
        : type.Type.IsGenericType && type.Type.GetGenericTypeDefinition() == typeof(CreateMany<,,>)
            ? $"Create{Table.PluralOf(type.Type.GenericTypeArguments[0].Name)}"
        : type.Type.IsGenericType && type.Type.GetGenericTypeDefinition() == typeof(CreatedMany<,>)
            ? $"Created{Table.PluralOf(type.Type.GenericTypeArguments[0].Name)}"
        : OpenApiOptions.CreateDefaultSchemaReferenceId(type);

    private static string NameOf(Type type) => IsVersion(type) ? $"{type.GenericTypeArguments[0].Name}Version" : type.Name;

    private static bool IsVersion(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(RowVersion<>);
}
