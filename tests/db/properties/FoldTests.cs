using System.Collections.Immutable;
using Dapper;
using Npgsql;
using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.Transactions;

namespace OpsDb.DbTests.Properties;

/// <summary>
/// Folding transactions over the rows of any snapshot gives the rows that executing them gives. How a failure is run
/// again: <see cref="Property"/>.
/// </summary>
public sealed class FoldTests : PropertyFixture
{
    [Test]
    public async Task A_fold_over_any_snapshot_is_what_the_executor_makes()
    {
        await using var connection = new NpgsqlConnection(
            $"{Installation.Main.ToConnectionString()};Pooling=false;Max Auto Prepare=500;Auto Prepare Min Usages=2");
        await connection.OpenAsync();
        var executor = new Executor(Tables);
        Property.Holds(cases: 2000, most: 10, async rolls =>
        {
            // Two entities at a time, one with a UUID and one with a number as its key.
            var history = History.Of(rolls, [Entity.All[0], rolls.Subject.Of([.. Entity.All.Skip(1)])]);
            var executed = await ExecuteAsync(connection, executor, history);
            for (var position = 0; position < executed.Count; position++)
                RequireSame(executed[position], history.States[position], () => $"PostgreSQL after {position} of\n{history}");
            RequireFolds(history, executed, rolls.Subject.Next(executed.Count));
        });
    }

    [Test]
    public void A_fold_over_any_snapshot_is_the_newest_row() => Property.Holds(cases: 5000, most: 10, rolls =>
    {
        var history = History.Of(rolls, [rolls.Subject.Of(Entity.All)]);
        RequireFolds(history, history.States, rolls.Subject.Next(history.States.Count));
        return Task.CompletedTask;
    });

    /// <summary>From each snapshot to each cut, after the oldest entries have left the overlay.</summary>
    private static void RequireFolds(History history, IReadOnlyList<State> executed, int floor)
    {
        var overlay = new OverlayState(Guid.NewGuid(), 0, history.Entities.ToDictionary(e => e.Table.Name, e => e.Table));
        foreach (var entry in history.Transactions)
            overlay.Append(entry);
        overlay.TrimTo(floor);
        for (var snapshot = floor; snapshot < executed.Count; snapshot++)
        {
            for (var cut = snapshot; cut < executed.Count; cut++)
                RequireFold(overlay, history, executed, snapshot, cut);
        }
    }

    private static void RequireFold(OverlayState overlay, History history, IReadOnlyList<State> executed, int snapshot, int position)
    {
        var cut = new OverlayCut(overlay, position, null, 0, null);
        string Where() => $"trimmed to {overlay.Floor}, snapshot {snapshot}, cut {position} of\n{history}";
        foreach (var entity in history.Entities)
        {
            var (before, after) = (executed[snapshot], executed[position]);
            var touched = overlay.Touched(entity.Table, snapshot, position).ToDictionary(t => t.Key ?? Table.KeyText(t.Created!.Key), t => t.Created);
            foreach (var key in before.Rows.Keys.Concat(after.Rows.Keys).Where(k => k.Entity == entity).Distinct())
            {
                var row = before.Rows.GetValueOrDefault(key);
                var expected = after.Rows.GetValueOrDefault(key);
                var folded = overlay.Fold(entity.Table, key.Key, row, snapshot, cut);
                Property.Require(SameRows.Are(folded is null ? null : folded with { Sync = null }, expected), () => $"{folded} is not {expected}, {Where()}");
                Property.Require(touched.GetValueOrDefault(key.Key) is not { } created || (row is null && SameRows.Are(created, expected)),
                    () => $"{key} was created after the snapshot, {Where()}");
                var isSame = SameRows.Are(row, expected);
                Property.Require(isSame || touched.ContainsKey(key.Key), () => $"{key} is touched, {Where()}");
                if (isSame || expected is null)
                    continue;
                var sync = new Sync(SyncState.Buffered, expected.TransactionId, history.PositionOf(expected.TransactionId));
                Property.Require(folded!.Sync == sync, () => $"{folded.Sync} of {key}, {Where()}");
            }
        }
    }

    /// <summary>All rows before the first and after each transaction, in one flight that is rolled back.</summary>
    private static async Task<IReadOnlyList<State>> ExecuteAsync(NpgsqlConnection connection, Executor executor, History history)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using var batch = new NpgsqlBatch(connection, transaction);
        AddReads();
        foreach (var entry in history.Transactions)
        {
            executor.Append(batch, entry);
            AddReads();
        }

        var results = new List<ImmutableDictionary<(Entity, string), Row>>();
        await using var reader = await batch.ExecuteReaderAsync();
        for (var read = 0; ;)
        {
            // An update answers with its check.
            if (reader.FieldCount > 1)
            {
                var entity = history.Entities[read++ % history.Entities.Count];
                var rows = reader.Parse(entity.RowType).Cast<Row>().Select(r => KeyValuePair.Create((entity, Table.KeyText(r.Key)), r)).ToList();
                if (entity == history.Entities[0])
                    results.Add(ImmutableDictionary<(Entity, string), Row>.Empty);
                results[^1] = results[^1].AddRange(rows);
            }
            if (!await reader.NextResultAsync())
                break;
        }
        return [.. results.Select(rows => new State(rows))];

        void AddReads()
        {
            foreach (var entity in history.Entities)
                batch.BatchCommands.Add(new(entity.Select));
        }
    }

    private static void RequireSame(State actual, State expected, Func<string> where)
    {
        foreach (var key in actual.Rows.Keys.Union(expected.Rows.Keys))
        {
            var (row, other) = (actual.Rows.GetValueOrDefault(key), expected.Rows.GetValueOrDefault(key));
            Property.Require(SameRows.Are(row, other), () => $"{row} is not {other}, {where()}");
        }
    }
}
