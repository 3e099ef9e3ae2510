using System.Text.Json;
using OpsDb.Database;
using OpsDb.Kernel;

namespace OpsDb.Transactions;

/// <summary>
/// What an operator makes of a refused transaction before it is tried again. The rows that would come of it pass the rules that
/// every row passes: what the main database would take is not yet what OpsDb takes.
/// </summary>
internal sealed class Corrections(Executor executor, IEnumerable<Table> tables, RowValidation rules)
{
    /// <summary>Id, version, authors and times stay as they were logged.</summary>
    private static readonly string[] Kept = ["id", "version", "created_at", "created_by", "modified_at", "modified_by"];

    private readonly Dictionary<string, Table> tables = tables.ToDictionary(t => t.Name);

    /// <summary>The transaction with the steps to try; as it is when nothing is corrected.</summary>
    /// <exception cref="RefusalException">invalid-fields.</exception>
    public async Task<Transaction> ApplyAsync(DbSession main, Transaction logged, Retry retry, CancellationToken ct)
    {
        if (retry is { Steps: null, Overwrite: false })
            return logged;
        var steps = retry.Steps is null ? logged.Steps : Corrected(logged.Steps, retry.Steps);
        var stored = new Dictionary<(string Entity, string Key), JsonElement?>();
        foreach (var rows in steps.GroupBy(s => s.Entity))
        {
            foreach (var (key, row) in await executor.StoredAsync(main, rows.Key, [.. rows.SelectMany(s => s.Rows).Select(r => r.Key).Distinct()], ct))
                stored[(rows.Key, key)] = row;
        }
        if (retry.Overwrite)
        {
            steps = [.. steps.Select(s => s.Operation == StepOperation.Create ? s : s with
            {
                Rows = [.. s.Rows.Select(r => r with { Seen = SeenIn(r.Seen, stored[(s.Entity, r.Key)]) })],
            })];
        }
        // What the site decided passed them there; where it is to win over what main has now, it wins.
        if (retry.Steps is not null)
            Check(logged, steps, stored);
        return logged with { Steps = steps };
    }

    private List<Step> Corrected(IReadOnlyList<Step> logged, IReadOnlyList<Step> steps)
    {
        static IEnumerable<(string, StepOperation, string)> Rows(IReadOnlyList<Step> of) =>
            of.SelectMany(s => s.Rows.Select(r => (s.Entity, s.Operation, r.Key)));
        if (!Rows(logged).SequenceEqual(Rows(steps)))
            throw Wrong("steps", "name the same rows, with the same operations, in the same order as the logged ones");
        return [.. logged.Zip(steps, (before, after) => after with
        {
            Rows = [.. before.Rows.Zip(after.Rows, (b, a) => Corrected(tables[before.Entity], b, a))],
        })];
    }

    /// <summary>A trail tells what the site did, whatever becomes of it.</summary>
    private static RowChange Corrected(Table table, RowChange logged, RowChange corrected) => table.IsTrail ? logged : new(corrected.Key,
        Corrected(table, logged.Row, table.Restored(corrected.Row, logged.Row)), Known(table, table.Restored(corrected.Seen, logged.Seen) ?? logged.Seen));

    private static JsonElement? Corrected(Table table, JsonElement? logged, JsonElement? corrected)
    {
        if (logged is not { } before || corrected is not { } after)
            return logged;
        if (after.ValueKind != JsonValueKind.Object)
            throw Wrong("steps", "have objects as rows");
        var columns = after.EnumerateObject().Where(p => !Kept.Contains(p.Name)).ToDictionary(p => p.Name, p => p.Value);
        foreach (var property in before.EnumerateObject().Where(p => Kept.Contains(p.Name)))
            columns[property.Name] = property.Value;
        return Known(table, Json.ToElement(columns));
    }

    /// <summary>Runs the rules on each row as it would be after the step, on top of the steps before it.</summary>
    private void Check(Transaction logged, IReadOnlyList<Step> steps, Dictionary<(string Entity, string Key), JsonElement?> rows)
    {
        foreach (var ((step, change), asLogged) in steps.SelectMany(s => s.Rows.Select(r => (s, r))).Zip(logged.Steps.SelectMany(s => s.Rows)))
        {
            var (table, place) = (tables[step.Entity], (step.Entity, change.Key));
            // Of a row that is not there nothing can be said; the attempt tells.
            if (step.Operation == StepOperation.Delete || step.Operation == StepOperation.Update && rows[place] is null)
            {
                rows[place] = null;
                continue;
            }
            var created = step.Operation == StepOperation.Create;
            var row = table.ReadIncoming(created ? change.Row!.Value : Onto(change.Row, rows[place]!.Value));
            rules.Check(table, table.Read(created ? asLogged.Row!.Value : rows[place]!.Value), row);
            rows[place] = table.Write(row);
        }
    }

    /// <summary>The row with the fields of a change in place of its own.</summary>
    private static JsonElement Onto(JsonElement? change, JsonElement row)
    {
        var columns = row.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        foreach (var field in change!.Value.EnumerateObject())
            columns[field.Name] = field.Value;
        return Json.ToElement(columns);
    }

    /// <summary>The fields that were seen, as the main database has them now.</summary>
    private static JsonElement? SeenIn(JsonElement? seen, JsonElement? stored) =>
        stored is { } row && seen is { } fields ? Json.ToElement(fields.EnumerateObject().ToDictionary(p => p.Name, p => row.GetProperty(p.Name))) : seen;

    private static JsonElement? Known(Table table, JsonElement? fields) =>
        fields?.EnumerateObject().Select(p => p.Name).Except(table.Columns.Select(c => c.Name)).FirstOrDefault() is { } unknown
            ? throw Wrong(unknown, $"is not a field of {table.Name}")
            : fields;

    private static RefusalException Wrong(string field, string message) =>
        RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]> { [field] = [message] });
}
