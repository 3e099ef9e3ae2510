using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using OpsDb.Kernel;

namespace OpsDb.Database;

/// <summary>
/// Turns transactions into SQL: the same statements for a direct write at the main site and for the processor's batches.
/// A statement that touches fewer rows than it must raises inside the pipeline (<c>opsdb_expect</c>), so that a whole
/// batch can be sent before the first answer. Created rows travel column by column as text, which PostgreSQL parses in half
/// the time that it needs for JSON; the fields of a changed row travel as JSON.
/// </summary>
public sealed class Executor(IEnumerable<Table> tables)
{
    /// <summary>Transactions whose rows make one statement.</summary>
    private const int MaxTogether = 1000;

    /// <summary>From so many rows on a statement is made for what they have in common.</summary>
    private const int ManyRows = 1000;

    private readonly Dictionary<string, Table> tables = tables.ToDictionary(t => t.Name);
    private readonly ConcurrentDictionary<string, string> statements = new();

    /// <summary>The records that the transactions were applied and all steps in order: some at a time, so that PostgreSQL executes while it receives.</summary>
    public void Append(NpgsqlBatch batch, params IReadOnlyList<Transaction> transactions)
    {
        foreach (var some in transactions.Chunk(MaxTogether))
        {
            AppendRecords(batch, some, "applied");
            AppendSteps(batch, some);
        }
    }

    /// <summary>The steps in order. Rows that are created one after the other in the same table make one statement.</summary>
    public void AppendSteps(NpgsqlBatch batch, params IReadOnlyList<Transaction> transactions)
    {
        var (into, rows) = ((Table?)null, new List<(Guid, IReadOnlyList<RowChange>)>());
        foreach (var (transaction, step) in transactions.SelectMany(t => t.Steps.Select(s => (t, s))))
        {
            var table = Table(step.Entity);
            if (step.Operation != StepOperation.Create || table != into)
                CreateRows();
            if (step.Operation == StepOperation.Create)
            {
                into = table;
                rows.Add((transaction.Id, step.Rows));
            }
            else
            {
                foreach (var row in step.Rows)
                    batch.BatchCommands.Add(step.Operation == StepOperation.Update ? Update(table, row, transaction.Id) : Delete(table, row, transaction.Id));
            }
        }
        CreateRows();

        void CreateRows()
        {
            if (into is not null)
                batch.BatchCommands.Add(Create(into, rows));
            into = null;
            rows.Clear();
        }
    }

    /// <summary>The records of what became of the transactions, without an effect of their own.</summary>
    /// <param name="outcome">applied, failed, parked or duplicate.</param>
    /// <param name="duplicateOf">The first transaction with the same key, for a duplicate.</param>
    public static void AppendRecords(NpgsqlBatch batch, IReadOnlyList<Transaction> transactions, string outcome, Guid? duplicateOf = null)
    {
        batch.BatchCommands.Add(Statement(
            """
            insert into applied_transaction (id, site, epoch, position, kind, schema_version, actor, token_id, idempotency_key, body_hash, answer,
                                             occurred_at, software_version, applied_at, outcome, duplicate_of, wal_lsn)
            select t.*, clock_timestamp(), $14, $15, pg_current_wal_insert_lsn() from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) t
            """,
            Each(NpgsqlDbType.Uuid, t => t.Id), Each(NpgsqlDbType.Text, t => t.Site),
            Each(NpgsqlDbType.Uuid, t => t.Position?.Epoch), Each(NpgsqlDbType.Bigint, t => t.Position?.Position),
            Each(NpgsqlDbType.Text, t => t.Kind), Each(NpgsqlDbType.Integer, t => t.SchemaVersion),
            Each(NpgsqlDbType.Text, t => t.Actor.User), Each(NpgsqlDbType.Uuid, t => t.Actor.Token),
            Each(NpgsqlDbType.Text, t => t.IdempotencyKey), Each(NpgsqlDbType.Text, t => t.BodyHash),
            Each(NpgsqlDbType.Json, t => t.IdempotencyKey is null ? null : t.Answer?.GetRawText()),
            Each(NpgsqlDbType.TimestampTz, t => t.OccurredAt), Each(NpgsqlDbType.Text, t => t.SoftwareVersion),
            outcome, Optional(duplicateOf, NpgsqlDbType.Uuid)));

        NpgsqlParameter Each<T>(NpgsqlDbType type, Func<Transaction, T> column) =>
            new() { Value = transactions.Select(column).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
    }

    /// <summary>The rows with the given keys as the database has them, in the form in which steps carry them; null for one that is not there.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement?>> StoredAsync(
        DbSession session, string entity, IReadOnlyCollection<string> keys, CancellationToken ct)
    {
        var table = Table(entity);
        var found = await session.QueryAsync<(string Key, string Row)>($"""
            select r.id::text, to_jsonb(r)::text from (
              select {string.Join(", ", table.Columns.Select(c => c.Type.InJson(c.Name)))} from {table.Name} where id = any(@keys::{table.Key.Type.Sql}[])) r
            """, new { keys = keys.ToArray() }, ct);
        var rows = found.ToDictionary(f => f.Key, f => table.Write(table.Read(JsonSerializer.Deserialize<JsonElement>(f.Row))));
        return keys.ToDictionary(k => k, k => rows.TryGetValue(k, out var row) ? row : (JsonElement?)null);
    }

    private Table Table(string entity) => tables.GetValueOrDefault(entity) ?? throw new InvalidOperationException($"a step names the unknown table {entity}");

    private NpgsqlBatchCommand Create(Table table, IReadOnlyList<(Guid Transaction, IReadOnlyList<RowChange> Rows)> created)
    {
        var (columns, count) = (table.Columns, created.Sum(c => c.Rows.Count));
        var values = Values(columns, created.SelectMany(c => c.Rows), count);
        // What many rows agree in travels once.
        var same = count < ManyRows ? new bool[columns.Count] : [.. values.Select(v => v.All(t => ReferenceEquals(t, v[0])))];
        var sql = statements.GetOrAdd($"create {table.Name} {string.Concat(same.Select(s => s ? '1' : '0'))}", _ =>
        {
            var each = columns.Index().Where(c => !same[c.Index]).Select(c => (c.Item.Name, Parameter: $"${c.Index + 2}")).ToList();
            var made = columns.Index().Select(c => c.Item.Type.FromText(same[c.Index] ? $"${c.Index + 2}" : $"r.{c.Item.Name}"));
            return $"""
                insert into {table.Name} (transaction_id, {string.Join(", ", columns.Select(c => c.Name))})
                select r.transaction_id, {string.Join(", ", made)}
                from unnest($1, {string.Join(", ", each.Select(e => e.Parameter))}) r(transaction_id, {string.Join(", ", each.Select(e => e.Name))})
                """;
        });
        return Statement(sql,
        [
            Optional(created.SelectMany(c => Enumerable.Repeat(c.Transaction, c.Rows.Count)).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid),
            .. values.Select((v, n) => same[n] ? Optional(v[0], NpgsqlDbType.Text) : Optional(v, NpgsqlDbType.Array | NpgsqlDbType.Text)),
        ]);
    }

    /// <summary>The text of each column of each row.</summary>
    private static List<string?[]> Values(IReadOnlyList<Column> columns, IEnumerable<RowChange> rows, int count)
    {
        var values = columns.Select(_ => new string?[count]).ToList();
        var latest = new (JsonElement Value, string? Text)[columns.Count];
        foreach (var (n, row) in rows.Index())
        {
            var next = 0;
            foreach (var field in row.Row!.Value.EnumerateObject())
            {
                // As a rule the fields come in the order of the columns.
                if (next == columns.Count || !field.NameEquals(columns[next].Name))
                    next = columns.Index().Where(c => field.NameEquals(c.Item.Name)).Select(c => (int?)c.Index).FirstOrDefault() ?? -1;
                if (next >= 0)
                {
                    // Rows that are made together agree in most columns: one text stands for all that follow each other.
                    if (!IsSame(field.Value, latest[next].Value))
                        latest[next] = (field.Value, columns[next].Type.Text(field.Value));
                    values[next][n] = latest[next].Text;
                }
                next++;
            }
        }
        return values;
    }

    private static bool IsSame(JsonElement value, JsonElement before) =>
        before.ValueKind == value.ValueKind && JsonMarshal.GetRawUtf8Value(value).SequenceEqual(JsonMarshal.GetRawUtf8Value(before));

    private NpgsqlBatchCommand Update(Table table, RowChange change, Guid transaction)
    {
        var (set, seen) = (Columns(table, change.Row!.Value), Columns(table, change.Seen!.Value));
        var sql = statements.GetOrAdd($"update {table.Name} {Names(set)} {Names(seen)}", _ => $"""
            with changed as (
              update {table.Name} t
              set {string.Concat(set.Select((c, i) => $"{c.Column.Name} = {Value(c.Column, 3 + i)}, "))}version = t.version + 1, transaction_id = $2
              where {IsSeen(table, seen, 3 + set.Count)}
              returning 1)
            select opsdb_expect(count(*), 1, '{SqlState.RowConflict}', '{table.Name}', $1) from changed
            """);
        return Statement(sql, [change.Key, transaction, .. set.Concat(seen).Select(c => Optional(c.Text, NpgsqlDbType.Text))]);
    }

    /// <summary>The history of the row is told which transaction it was: nothing of the row is left that could bear it.</summary>
    private NpgsqlBatchCommand Delete(Table table, RowChange change, Guid transaction)
    {
        var seen = Columns(table, change.Seen!.Value);
        var sql = statements.GetOrAdd($"delete {table.Name} {Names(seen)}", _ => $"""
            with changed as (
              delete from {table.Name} t
              where {IsSeen(table, seen, 3)}
              returning 1)
            select opsdb_expect(count(*), 1, '{SqlState.RowConflict}', '{table.Name}', $1)
              and set_config('opsdb.transaction', $2::uuid::text, true) <> '' from changed
            """);
        return Statement(sql, [change.Key, transaction, .. seen.Select(c => Optional(c.Text, NpgsqlDbType.Text))]);
    }

    /// <summary>The row whose key is $1, if the columns are as they were seen.</summary>
    /// <param name="first">The number of the first column's parameter.</param>
    private static string IsSeen(Table table, IReadOnlyList<(Column Column, string? Text)> seen, int first) =>
        $"t.id = {Value(table.Key, 1)}{string.Concat(seen.Select((c, i) => $" and t.{c.Column.Name} is not distinct from {Value(c.Column, first + i)}"))}";

    private static string Value(Column column, int parameter) => column.Type.FromText($"${parameter}");

    private static string Names(IEnumerable<(Column Column, string? Text)> columns) => string.Join(',', columns.Select(c => c.Column.Name));

    /// <summary>The columns and their texts. The names are the table's own: a name from a log entry reaches SQL only after this check.</summary>
    private static List<(Column Column, string? Text)> Columns(Table table, JsonElement row) =>
    [
        .. row.EnumerateObject().Select(field => table.Columns.FirstOrDefault(c => c.Name == field.Name) is { } column
            ? (column, column.Type.Text(field.Value))
            : throw new InvalidOperationException($"a step names the unknown column {table.Name}.{field.Name}")),
    ];

    public static NpgsqlParameter Optional(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    /// <summary>A statement with positional parameters ($1, $2, …).</summary>
    public static NpgsqlBatchCommand Statement(string sql, params object[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter as NpgsqlParameter ?? new NpgsqlParameter { Value = parameter });
        return command;
    }
}
