using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace OpsDb.Chaos;

/// <summary>A write as it is sent, and repeated byte for byte, and what the history says of it.</summary>
/// <param name="Operation">Its name in the history.</param>
/// <param name="Writes">The row that it asks to write, as JSON of the history.</param>
internal sealed record WriteRequest(string Operation, Entity Entity, HttpMethod Method, string Path, byte[] Body, string? IfMatch, Guid Key, byte[] Writes)
{
    /// <summary>The rows that an answer to it tells of.</summary>
    public Func<ReadOnlyMemory<byte>, IReadOnlyList<AnswerRow>> Shows { get; init; } = body => [AnswerRow.Read(body)];

    public HttpRequestMessage Message()
    {
        var content = new ByteArrayContent(Body);
        content.Headers.ContentType = new MediaTypeHeaderValue(Method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json");
        var message = new HttpRequestMessage(Method, Path) { Content = content };
        message.Headers.TryAddWithoutValidation("Idempotency-Key", Key.ToString());
        if (IfMatch is not null)
            message.Headers.TryAddWithoutValidation("If-Match", IfMatch);
        return message;
    }

    /// <param name="id">Made by the client, as JSON; null when the server makes it.</param>
    /// <param name="fields">As JSON.</param>
    /// <param name="given">Fields that a new row has without being told.</param>
    public static WriteRequest Create(string operation, Entity entity, Guid key, string? id, Fields fields, Fields? given = null)
    {
        var body = id is null ? fields : fields.With("id", id);
        var named = id is null ? "" : $"\"id\":{id},";
        return new(operation, entity, HttpMethod.Post, entity.Path, body.Object, null, key,
            Encoding.UTF8.GetBytes($$"""[{"entity":"{{entity.Name}}",{{named}}"action":"create"{{entity.Naming}},"set":{{fields.With(given)}}}]"""));
    }

    /// <param name="ifMatch">The row's ETag.</param>
    public static WriteRequest Patch(string operation, Entity entity, Guid key, string id, string ifMatch, Fields fields) =>
        new(operation, entity, HttpMethod.Patch, $"{entity.Path}/{id.Trim('"')}", fields.Object, ifMatch, key,
            Encoding.UTF8.GetBytes($$"""[{"entity":"{{entity.Name}}","id":{{id}},"action":"update","expected":{{Version(ifMatch)}},"set":{{fields}}}]"""));

    /// <summary>A token ends for good; one that was revoked before is left as it was.</summary>
    public static WriteRequest Revoke(Guid key, string id) =>
        new("revoke", Entity.Tokens, HttpMethod.Post, $"{Entity.Tokens.Path}/{id.Trim('"')}/revoke", "{}"u8.ToArray(), null, key,
            Encoding.UTF8.GetBytes($$"""[{"entity":"tokens","id":{{id}},"action":"update","open":["revoked_at"]}]"""));

    /// <summary>A running execution comes to its end.</summary>
    /// <param name="path">Below the execution's address.</param>
    /// <param name="fields">The body.</param>
    /// <param name="outcome">The state that it gets, as JSON.</param>
    /// <param name="ifMatch">Its ETag; null when any will do.</param>
    public static WriteRequest End(string operation, HttpMethod method, string path, Guid key, string id, Fields fields, string outcome, string? ifMatch)
    {
        var open = fields.Has("end_time") ? "" : ",\"open\":[\"end_time\"]";
        var set = fields.With("status", outcome);
        var expected = ifMatch is null ? "" : $",\"expected\":{Version(ifMatch)}";
        return new(operation, Entity.Executions, method, path, fields.Object, ifMatch, key,
            Encoding.UTF8.GetBytes(
                $$"""[{"entity":"executions","id":{{id}},"action":"update","from":{"status":"running"}{{expected}},"set":{{set}}{{open}}}]"""));
    }

    /// <summary>The same at the execution's own address, whose last part is the operation.</summary>
    public static WriteRequest End(string operation, Guid key, string id, Fields fields, string outcome, string? ifMatch = null) =>
        End(operation, HttpMethod.Post, $"{Entity.Executions.Path}/{id.Trim('"')}/{operation}", key, id, fields, outcome, ifMatch);

    /// <summary>The version that an ETag begins with.</summary>
    private static int Version(string tag) => int.Parse(tag.Trim('"').Split('.')[0], CultureInfo.InvariantCulture);
}
