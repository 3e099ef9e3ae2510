using System.Text;
using System.Text.Json;

namespace OpsDb.Chaos;

/// <summary>What an operator asks about transactions, or does about one, and what the history says of it.</summary>
/// <param name="Operation">Its name in the history.</param>
/// <param name="Ask">As JSON of the history.</param>
internal sealed record Question(string Operation, HttpMethod Method, string Path, string? Body, string Ask)
{
    /// <summary>That there is no such thing is an answer, too.</summary>
    public bool MayBeAbsent { get; private init; }

    public static Question Transaction(string id) =>
        new("transaction", HttpMethod.Get, $"/api/v1/transactions/{id}", null, $$"""{"about":"transaction","transaction":"{{id}}"}""") { MayBeAbsent = true };

    /// <param name="state">failed or parked.</param>
    public static Question Held(string state, int limit) =>
        new(state, HttpMethod.Get, $"/api/v1/transactions?state={state}&limit={limit}", null, $$"""{"about":"held","state":"{{state}}"}""");

    /// <param name="isInDetail">As those see it who may; what everybody may ask for is read a few times a second, however many ask.</param>
    public static Question Health(bool isInDetail) => isInDetail
        ? new("health", HttpMethod.Get, "/api/v1/site/health", null, """{"about":"health"}""")
        : new("health", HttpMethod.Get, "/health", null, """{"about":"health","age":200000}""");

    /// <param name="action">In the words of the history: overwrite is a retry over what main has.</param>
    public static Question Intervene(string action, string transaction) => action switch
    {
        "overwrite" => OfTransaction(action, transaction, "retry", """{"overwrite":true}"""),
        "discard" => OfTransaction(action, transaction, action, """{"note":"given up"}"""),
        _ => OfTransaction(action, transaction, action, "{}"),
    };

    /// <param name="action">continue or acknowledge-loss.</param>
    public static Question OnSite(string action, string site) =>
        new(action, HttpMethod.Post, $"/api/v1/sites/{site}/{action}", "{}", $$"""{"about":"intervention","action":"{{action}}","site":"{{site}}"}""");

    public HttpRequestMessage Message() => new(Method, Path) { Content = Body is null ? null : new StringContent(Body, Encoding.UTF8, "application/json") };

    /// <summary>Writes what the answer says of each transaction that it names, or how many there are.</summary>
    public void NoteAnswer(Utf8JsonWriter line, Reply reply)
    {
        var answer = reply is { IsOk: true, Body.IsEmpty: false } ? JsonSerializer.Deserialize<JsonElement>(reply.Body.Span) : default;
        if (Operation == "health")
        {
            var buffer = answer.GetProperty("transaction_buffer");
            line.WriteStartObject("counts"u8);
            foreach (var count in (string[])["failed", "parked"])
                line.WriteNumber(count, buffer.GetProperty(count).GetInt64());
            line.WriteEndObject();
            return;
        }
        line.WriteStartArray("states"u8);
        if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("items", out var items))
            NoteAll(line, items);
        else if (answer.ValueKind == JsonValueKind.Object)
            NoteOne(line, answer);
        line.WriteEndArray();
    }

    private static void NoteAll(Utf8JsonWriter line, JsonElement transactions)
    {
        foreach (var transaction in transactions.EnumerateArray())
            NoteOne(line, transaction);
    }

    private static void NoteOne(Utf8JsonWriter line, JsonElement transaction)
    {
        line.WriteStartObject();
        line.WriteString("transaction"u8, transaction.GetProperty("id").GetString());
        line.WriteString("state"u8, transaction.GetProperty("state").GetString());
        line.WriteEndObject();
        if (transaction.TryGetProperty("followers", out var followers))
            NoteAll(line, followers);
    }

    private static Question OfTransaction(string action, string transaction, string verb, string body) =>
        new(action, HttpMethod.Post, $"/api/v1/transactions/{transaction}/{verb}", body,
            $$"""{"about":"intervention","action":"{{action}}","transaction":"{{transaction}}"}""");
}
