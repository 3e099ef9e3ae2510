using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace OpsDb.Client;

/// <summary>
/// The data API of one site: a method for each operation of its document. The <see cref="HttpClient"/> has the site's address and
/// the token. What the API refuses is an <see cref="OpsDbException"/> whose <see cref="OpsDbException.Problem"/> says why.
/// </summary>
public partial class OpsDbClient
{
    private const string IdempotencyKey = "Idempotency-Key";

    static partial void UpdateJsonSerializerSettings(JsonSerializerOptions settings)
    {
        // A null that is sent means to clear a field; patches say which ones.
        settings.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        settings.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { MergePatch.WriteCleared } };
    }

    // Whoever sends a write again on its own, such as a handler that retries, sends the same request; the API knows it by its key.
    partial void PrepareRequest(HttpClient client, HttpRequestMessage request, StringBuilder urlBuilder)
    {
        if (request.Method != HttpMethod.Get && !request.Headers.Contains(IdempotencyKey))
            request.Headers.Add(IdempotencyKey, Guid.CreateVersion7().ToString());
    }
}

public partial class OpsDbException
{
    /// <summary>Why the API refuses; null when the answer is no problem document.</summary>
    public Problem? Problem => (this as OpsDbException<Problem>)?.Result;
}

public partial class OpsDbResponse
{
    /// <summary>The version of the row, for If-Match.</summary>
    public string? ETag => Header("ETag");

    /// <summary>The transaction that a write became; null when nothing was to be changed.</summary>
    public Guid? Transaction => Guid.TryParse(Header("OpsDb-Transaction"), out var id) ? id : null;

    /// <summary>The state that was read or written, for a read elsewhere that must contain it.</summary>
    public string? Consistency => Header("OpsDb-Consistency");

    /// <summary>Whether this is the first answer again, of a write with the same key.</summary>
    public bool Replayed => Header("Idempotency-Replayed") == "true";

    /// <summary>Whether the write was only tried, and nothing was stored.</summary>
    public bool DryRun => Header("OpsDb-Dry-Run") == "true";

    /// <summary>Whether the site has stored a write that the main database does not have yet.</summary>
    public bool Buffered => StatusCode == 202;

    private string? Header(string name) => Headers.FirstOrDefault(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault();
}
