using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>A row of <c>held_transaction</c>: a transaction that the main database refused, or one that waits behind it.</summary>
internal sealed record HeldTransaction
{
    public const string Sql =
        """
        select id, number, site, epoch, position, kind, state, entry, code, constraint_name, reason, conflicts, held_at
        from held_transaction
        """;

    public Guid Id { get; init; }
    public long Number { get; init; }
    public string Site { get; init; } = "";
    public Guid Epoch { get; init; }
    public long Position { get; init; }
    public string Kind { get; init; } = "";
    public string State { get; init; } = "";
    public string Entry { get; init; } = "";
    public string? Code { get; init; }
    public string? ConstraintName { get; init; }
    public string? Reason { get; init; }
    public string? Conflicts { get; init; }
    public DateTimeOffset HeldAt { get; init; }

    public bool Failed => State == "failed";

    public Transaction Transaction => JsonSerializer.Deserialize<Transaction>(Entry, Json.Options)! with { Position = new(Epoch, Position) };

    public Refusal? Refusal => Reason is null
        ? null
        : new(Code!, ConstraintName, Reason, JsonSerializer.Deserialize<IReadOnlyList<Conflict>>(Conflicts ?? "[]", Json.Options)!);
}
