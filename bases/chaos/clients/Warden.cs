using System.Text.Json;

namespace OpsDb.Chaos;

/// <summary>Makes API tokens at main and revokes them at the site, cut off or not; and looks what the site says of them.</summary>
internal sealed class Warden(string name, int seed, ClientWorld world, IReadOnlyList<Api> apis, Known known) : Client(name, seed, world, apis)
{
    private const int Window = 12;

    protected override Task StepAsync(CancellationToken stop) => Random.Next(100) switch
    {
        < 25 => SubmitAsync(Make(), known.Tokens, stop, World.Main),
        < 55 => RevokeAsync(stop),
        < 90 => LookAsync(),
        < 96 => ListAsync(),
        _ => RepeatOldAsync(),
    };

    private WriteRequest Make()
    {
        var fields = new Fields(("name", NewText()), ("scopes", "[\"read:executions\"]"),
            ("expires_at", Fields.Instant(DateTimeOffset.UtcNow.AddDays(1 + Random.Next(30)))));
        return WriteRequest.Create("make_token", Entity.Tokens, NewKey(), null, fields, new(("revoked_at", "null"))) with { Shows = Details };
    }

    private Task RevokeAsync(CancellationToken stop) =>
        known.Tokens.Pick(Random, Window) is { } row ? SubmitAsync(WriteRequest.Revoke(NewKey(), row.Id), known.Tokens, stop) : Task.CompletedTask;

    private async Task LookAsync()
    {
        if (known.Tokens.Pick(Random, Window) is { } row
            && await ReadAsync(AnyApi(), Entity.Tokens, row) is { Row: { Json.IsEmpty: false } seen, Reply.ETag: var tag })
            known.Tokens.Saw(seen, tag);
    }

    private Task ListAsync() =>
        ListAsync(ListRequest.Of(Entity.Tokens, [("revoked", "false", "revoked_at", "null")], "name", 50, 3, count: Random.Next(4) == 0));

    /// <summary>What was made is beside its secret, which is shown once.</summary>
    private static IReadOnlyList<AnswerRow> Details(ReadOnlyMemory<byte> body) =>
        [AnswerRow.Read(JsonSerializer.SerializeToUtf8Bytes(JsonSerializer.Deserialize<JsonElement>(body.Span).GetProperty("details")))];
}
