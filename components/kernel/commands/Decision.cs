using System.Linq.Expressions;
using System.Text.Json;

namespace OpsDb.Kernel;

/// <summary>What a command handler decided: which rows change, and what the caller is told.</summary>
public sealed class Decision<TResult>(Changes changes, Func<Changes, TResult> result)
{
    public Changes Changes { get; } = changes;

    /// <summary>The answer, once the rows have been stamped.</summary>
    public TResult Result() => result(Changes);
}

/// <summary>Makes decisions about one row.</summary>
public static class Decision
{
    public static Decision<T> Create<T>(T row) where T : Row, IRow<T> => Of(new Changes().Create(row), row);

    /// <summary>
    /// Changes fields, or moves the row to another state. It is compared on the fields that change and on those that the decision
    /// has read, so that changes of others merge; and on who the row is, which its creation tells.
    /// </summary>
    /// <param name="read">Fields that stay and that the decision rests on all the same: an end rests on the start.</param>
    public static Decision<T> Update<T>(T before, T after, params Expression<Func<T, object?>>[] read) where T : Row, IRow<T> =>
        Of(new Changes().Update(before, after, read), after);

    /// <summary>Deletes the row, if it is the same one still, which its creation tells; the answer is the row as it was.</summary>
    public static Decision<T> Delete<T>(T row) where T : Row, IRow<T> => Of(new Changes().Delete(row), row);

    private static Decision<T> Of<T>(Changes changes, T row) where T : Row, IRow<T> => new(changes, c => (T)c.Stamped(row));
}

/// <summary>The row changes of one decision, in order.</summary>
public sealed class Changes
{
    private static readonly string[] Authorship = ["modified_at", "modified_by"];

    private readonly List<Change> changes = [];
    private readonly Dictionary<Row, Row> stamped = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Row, JsonElement> texts = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> claims = [], touches = [];
    private readonly List<AuditedChange> audited = [];

    /// <summary>The rows as they were and as they will be, before their stamp; their rules are checked. Those that are deleted have none to keep.</summary>
    public IEnumerable<(Table Table, Row? Before, Row After)> Decided =>
        changes.Where(c => c is { Deletes: false, Many: null }).Select(c => (c.Table, c.Before, c.After));

    /// <summary>All rows, each as it was and as it will be: those that are created were not, those that are deleted stay as they were.</summary>
    public IEnumerable<(Table Table, Row? Before, Row After)> All =>
        changes.SelectMany(c => c.Many is { } many ? many.Select(row => (c.Table, (Row?)null, row)) : [(c.Table, c.Before, c.After)]);

    /// <summary>The row that an <c>If-Match</c> speaks of: the first one changed, unless a handler names another.</summary>
    public Row? Subject { get => field ?? changes.FirstOrDefault(c => c.Before is not null)?.Before; init; }

    /// <summary>Named ranges that the decision claims, e.g. <c>telescope/3/running</c>: no other decision that read or claims them may come between.</summary>
    public IReadOnlyCollection<string> Claims => claims;

    /// <summary>Named ranges that the decision moves and does not rest on.</summary>
    public IReadOnlyCollection<string> Touches => touches;

    /// <summary>What they do to rows of audited tables, once they have been stamped.</summary>
    public IReadOnlyList<AuditedChange> Audited => audited;

    public Changes Create<T>(T row) where T : Row, IRow<T> => Add(new(T.Table, null, row, []));

    /// <summary>The same of one of many rows, whose rules were checked: the handler can tell which one breaks them. None can be asked for later.</summary>
    public Changes CreateOneOfMany<T>(T row) where T : Row, IRow<T>
    {
        if (changes is not [.., { Many: { } rows } last] || last.Table != T.Table)
            Add(new(T.Table, null, row, []) { Many = rows = [] });
        rows.Add(row);
        return this;
    }

    public Changes Update<T>(T before, T after, params Expression<Func<T, object?>>[] read) where T : Row, IRow<T> =>
        Add(new(T.Table, before, after, [.. read.Select(ColumnOf)]));

    public Changes Delete<T>(T row) where T : Row, IRow<T> => Add(new(T.Table, row, row, []) { Deletes = true });

    public Changes Claim(string range)
    {
        claims.Add(range);
        return this;
    }

    /// <summary>
    /// Moves a named range without resting on it: of any number of decisions that touch it none is in another's way, and one that claims it
    /// is made again when it was touched meanwhile.
    /// </summary>
    public Changes Touch(string range)
    {
        touches.Add(range);
        return this;
    }

    /// <summary>The row as stored: rounded, with version, author and time.</summary>
    public Row Stamped(Row row) => stamped[row];

    /// <summary>An answer as JSON. A stamped row has been written already.</summary>
    public JsonElement Write(object? answer) => answer is Row row && texts.TryGetValue(row, out var text) ? text : Json.ToElement(answer);

    /// <summary>Stamps the rows and writes the steps. Consecutive creates of one table are one step.</summary>
    public IReadOnlyList<Step> Stamp(Actor actor, DateTimeOffset now, Guid transaction)
    {
        var steps = new List<Step>();
        var creates = new List<RowChange>();
        foreach (var entry in changes)
        {
            if (entry.Deletes)
            {
                steps.Add(Deletion(entry.Table, entry.After, transaction));
                Audit(entry.Table, StepOperation.Delete, [entry.After]);
                continue;
            }
            if (entry.Many is { } rows)
            {
                steps.Add(new(entry.Table.Name, StepOperation.Create, new CreatedRows(entry.Table, [.. rows.Select(r => New(r, actor, now))])));
                Audit(entry.Table, StepOperation.Create, rows);
                // The answer shows none of them, and they need not be there twice.
                rows.Clear();
                continue;
            }
            var (table, before, after, read) = entry;
            var row = before is null ? New(after, actor, now) : after with { Version = before.Version + 1, ModifiedAt = now, ModifiedBy = actor.User };
            var written = table.Write(row);
            var (operation, change) = before is null
                ? (StepOperation.Create, new RowChange(Table.KeyText(after.Key), written, null))
                : (StepOperation.Update, Difference(table.Write(before), written, Table.KeyText(after.Key), read));
            if (change is null)
            {
                stamped[after] = before!;
                continue;
            }
            Audit(table, operation, [after], change.Row);
            texts[stamped[after] = table.Read(written) with { TransactionId = transaction }] = written;
            if (operation == StepOperation.Create && steps is [.., var last] && last.Rows == creates && last.Entity == table.Name)
                creates.Add(change);
            else
                steps.Add(new(table.Name, operation, operation == StepOperation.Create ? creates = [change] : [change]));
        }
        return steps;
    }

    private static Row New(Row row, Actor actor, DateTimeOffset now) =>
        row with { Version = 1, CreatedAt = now, CreatedBy = actor.User, ModifiedAt = now, ModifiedBy = actor.User };

    private void Audit(Table table, StepOperation operation, IReadOnlyList<Row> rows, JsonElement? written = null)
    {
        if (!table.Audited)
            return;
        IReadOnlyList<string> fields = operation == StepOperation.Update
            ? [.. table.Published(written!.Value).EnumerateObject().Select(f => f.Name).Except(Authorship)]
            : [];
        audited.AddRange(rows.Select(r => new AuditedChange(table.Guard(r), operation, fields)));
    }

    private Changes Add(Change change)
    {
        changes.Add(change);
        return this;
    }

    private Step Deletion(Table table, Row row, Guid transaction)
    {
        var written = table.Write(row);
        texts[stamped[row] = row with { TransactionId = transaction, Sync = null }] = written;
        var seen = new Dictionary<string, JsonElement> { ["created_at"] = written.GetProperty("created_at") };
        return new(table.Name, StepOperation.Delete, [new(Table.KeyText(row.Key), null, Json.ToElement(seen)) { Version = row.Version }]);
    }

    private static RowChange? Difference(JsonElement before, JsonElement after, string key, IReadOnlyList<string> read)
    {
        var old = before.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);
        var changed = after.EnumerateObject()
            .Where(p => p.Name != "version" && !JsonElement.DeepEquals(p.Value, old[p.Name]))
            .ToDictionary(p => p.Name, p => p.Value);
        var facts = changed.Keys.Except(Authorship).ToList();
        if (facts.Count == 0)
            return null;
        // Another row may have got the key of one whose creation was given up: it has another creation.
        var seen = facts.Concat(read).Append("created_at").Distinct().ToDictionary(n => n, n => old[n]);
        // The author is written even when it is the same: a merge may follow another author's change.
        foreach (var stamp in Authorship)
            changed[stamp] = after.GetProperty(stamp);
        return new(key, Json.ToElement(changed), Json.ToElement(seen)) { Version = old["version"].GetInt32() };
    }

    private static string ColumnOf<T>(Expression<Func<T, object?>> property) =>
        Json.SnakeCase(((MemberExpression)(property.Body is UnaryExpression convert ? convert.Operand : property.Body)).Member.Name);

    private sealed record Change(Table Table, Row? Before, Row After, IReadOnlyList<string> Read)
    {
        /// <summary>The row after is the one before then.</summary>
        public bool Deletes { get; init; }

        /// <summary>Many that are created together, of which the row after is the first.</summary>
        public List<Row>? Many { get; init; }
    }
}
