using System.Collections.Immutable;
using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.DbTests.Properties;

/// <summary>The rows of a moment.</summary>
internal sealed record State(ImmutableDictionary<(Entity Entity, string Key), Row> Rows)
{
    public static State Empty { get; } = new(ImmutableDictionary<(Entity, string), Row>.Empty);

    public IEnumerable<Row> Of(Entity entity) => Rows.Where(r => r.Key.Entity == entity).Select(r => r.Value);
}

/// <summary>
/// Random transactions that a site could have accepted one after another, and the rows after each. The rows are made
/// without <see cref="Table.Fold"/> and without SQL: they are the oracle for both.
/// </summary>
internal sealed class History(string site, Guid epoch, IReadOnlyList<Entity> entities)
{
    public const int KeysOfAnEntity = 5;
    private readonly List<Transaction> transactions = [];
    private readonly List<State> states = [State.Empty];
    private readonly Dictionary<(Entity, string), List<Row>> versions = [];
    private readonly List<Step> steps = [];
    private Guid id;
    private Actor actor = Actor.System;
    private DateTimeOffset now;
    private State next = State.Empty;

    public IReadOnlyList<Entity> Entities => entities;

    /// <summary>The one at position p is number p - 1.</summary>
    public IReadOnlyList<Transaction> Transactions => transactions;

    /// <summary>The rows after the first p transactions.</summary>
    public IReadOnlyList<State> States => states;

    public static History Of(Rolls rolls, IReadOnlyList<Entity> entities)
    {
        var history = new History("observatory", Guid.NewGuid(), entities);
        foreach (var dice in rolls.Events)
            history.Add(dice, dice.Once(of: 2));
        history.Commit();
        return history;
    }

    public int PositionOf(Guid transaction) => transactions.FindIndex(t => t.Id == transaction) + 1;

    /// <summary>One random change, in a transaction of its own or in that of the change before.</summary>
    public void Add(Dice dice, bool sameTransaction)
    {
        if (!sameTransaction)
            Commit();
        if (steps.Count == 0)
            (id, actor, now) = (Guid.CreateVersion7(), new(Values.Text(dice)), Values.Instant(dice));
        var entity = dice.Of(entities);
        var key = entity.Key(dice.Next(KeysOfAnEntity));
        var text = Table.KeyText(key);
        var sameStep = dice.Once(of: 2);
        if (!next.Rows.TryGetValue((entity, text), out var row))
            Create(entity, text, entity.Row(key, dice), sameStep);
        else if (dice.Next(7) is var what && what < 6)
            Change(entity, text, row, what, sameStep, dice);
        else
            Delete(entity, text, row, sameStep, dice);
    }

    /// <summary>Ends the transaction, if anything changes by it.</summary>
    public void Commit()
    {
        if (steps.Count == 0)
            return;
        transactions.Add(new(id, site, "test", 1, actor, Instant.Round(now), null, null, null, [.. steps]) { Position = new(epoch, transactions.Count + 1) });
        states.Add(next);
        steps.Clear();
    }

    public override string ToString() => string.Join("\n", transactions.Select(t => $"{t.Position!.Value.Position}: " + string.Join("; ", t.Steps.Select(s =>
        $"{s.Operation} {s.Entity} {string.Join(", ", s.Rows.Select(r => $"{r.Key} {Short(r.Row)} seen {Short(r.Seen)}"))}"))));

    private static string Short(JsonElement? json) => json?.GetRawText() is not { } text ? "-" : text.Length > 800 ? text[..800] + "…" : text;

    private void Create(Entity entity, string key, Row row, bool sameStep)
    {
        var change = entity.Create(row);
        AddSteps(change.Stamp(actor, now, id), sameStep);
        var first = row with { Version = 1, CreatedAt = now, ModifiedAt = now, CreatedBy = actor.User, ModifiedBy = actor.User };
        var stamped = entity.Table.Read(entity.Table.Write(first)) with { TransactionId = id };
        Property.Require(SameRows.Are(stamped, change.Stamped(row)), () => $"the answer {change.Stamped(row)} is not the stamped row {stamped}");
        versions[(entity, key)] = [];
        Store(entity, key, stamped);
    }

    private void Change(Entity entity, string key, Row row, int what, bool sameStep, Dice dice)
    {
        // One that was decided on an older version merges with what came between, when that changed other columns.
        var seen = what == 4 ? dice.Of(versions[(entity, key)]) : row;
        var edited = entity.Edit(seen, dice);
        var change = entity.Update(seen, edited, readsTime: what == 3);
        if (change.Stamp(actor, now, id) is not [{ Rows: [var facts] }] made || Conflicts(entity.Table.Write(row), facts.Seen!.Value))
            return;
        AddSteps(made, sameStep);
        var rounded = entity.Table.Read(entity.Table.Write(edited));
        var changed = entity.With(row, rounded, facts.Row!.Value.EnumerateObject().Select(p => p.Name))
            with
        { Version = row.Version + 1, ModifiedAt = Instant.Round(now), ModifiedBy = actor.User, TransactionId = id };
        Property.Require(seen != row || SameRows.Are(changed, change.Stamped(edited)),
            () => $"the answer {change.Stamped(edited)} is not the changed row {changed}");
        Store(entity, key, changed);
    }

    private void Delete(Entity entity, string key, Row row, bool sameStep, Dice dice)
    {
        var written = entity.Table.Write(row);
        var seen = written.EnumerateObject().Where(p => p.Name == "version" || dice.Once(of: 4)).ToDictionary(p => p.Name, p => p.Value);
        AddSteps([new(entity.Table.Name, StepOperation.Delete, [new(key, null, Json.ToElement(seen))])], sameStep);
        next = new(next.Rows.Remove((entity, key)));
    }

    private void Store(Entity entity, string key, Row row)
    {
        versions[(entity, key)].Add(row);
        next = new(next.Rows.SetItem((entity, key), row));
    }

    /// <summary>A change of another row can share the step of the change before.</summary>
    private void AddSteps(IReadOnlyList<Step> made, bool sameStep)
    {
        var step = made.Single();
        if (sameStep && steps is [.., var last] && last.Operation == step.Operation && last.Entity == step.Entity)
            steps[^1] = last with { Rows = [.. last.Rows, .. step.Rows] };
        else
            steps.Add(step);
    }

    private static bool Conflicts(JsonElement present, JsonElement seen) =>
        seen.EnumerateObject().Any(column => !JsonElement.DeepEquals(column.Value, present.GetProperty(column.Name)));
}
