using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace OpsDb.Web;

/// <summary>The API document as it is sent: made when it is first asked for, and not again.</summary>
internal sealed class ServedDocument(IServiceProvider services)
{
    private readonly Lazy<Task<KeptBytes>> made = new(() => MakeAsync(services.GetRequiredKeyedService<IOpenApiDocumentProvider>(OpenApiDocument.Name)));

    public Task<KeptBytes> ReadAsync() => made.Value;

    private static async Task<KeptBytes> MakeAsync(IOpenApiDocumentProvider provider)
    {
        var document = await provider.GetOpenApiDocumentAsync(CancellationToken.None);
        using var text = new StringWriter { NewLine = "\n" };
        await document.SerializeAsync(new OpenApiJsonWriter(text), OpenApiSpecVersion.OpenApi3_1, CancellationToken.None);
        return new(System.Text.Encoding.UTF8.GetBytes(text.ToString()), "application/json; charset=utf-8");
    }
}
