using System.Collections.Concurrent;
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
    private const int MostTogether = 1000;

    private readonly Dictionary<string, Table> tables = tables.ToDictionary(t => t.Name);
    private readonly ConcurrentDictionary<string, string> statements = new();

    /// <summary>The records that the transactions were applied and all steps in order: some at a time, so that PostgreSQL executes while it receives.</summary>
    public void Append(NpgsqlBatch batch, params IReadOnlyList<Transaction> transactions)
    {
        foreach (var some in transactions.Chunk(MostTogether))
        {
            AppendRecords(batch, some, "applied");
            AppendSteps(batch, some);
        }
    }

    /// <summary>The steps in order. Rows that are created one after the other in the same table make one statement.</summary>
    public void AppendSteps(NpgsqlBatch batch, params IReadOnlyList<Transaction> transactions)
    {
        var (into, rows) = ((Table?)null, new List<(Guid, JsonElement)>());
        foreach (var (transaction, step) in transactions.SelectMany(t => t.Steps.Select(s => (t, s))))
        {
            var table = Table(step.Entity);
            if (step.Operation != StepOperation.Create || table != into)
                CreateRows();
            if (step.Operation == StepOperation.Create)
            {
                into = table;
                rows.AddRange(step.Rows.Select(r => (transaction.Id, r.Row!.Value)));
            }
            else
            {
                foreach (var row in step.Rows)
                    batch.BatchCommands.Add(step.Operation == StepOperation.Update ? Update(table, row, transaction.Id) : Delete(table, row));
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
            insert into applied_transaction (id, site, epoch, position, kind, schema_version, actor, token_id, idempotency_key, body_hash, answer, occurred_at, applied_at, outcome, duplicate_of)
            select t.*, clock_timestamp(), $13, $14 from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) t
            """,
            Each(NpgsqlDbType.Uuid, t => t.Id), Each(NpgsqlDbType.Text, t => t.Site), Each(NpgsqlDbType.Uuid, t => t.Position?.Epoch), Each(NpgsqlDbType.Bigint, t => t.Position?.Position),
            Each(NpgsqlDbType.Text, t => t.Kind), Each(NpgsqlDbType.Integer, t => t.SchemaVersion), Each(NpgsqlDbType.Text, t => t.Actor.User), Each(NpgsqlDbType.Uuid, t => t.Actor.Token),
            Each(NpgsqlDbType.Text, t => t.IdempotencyKey), Each(NpgsqlDbType.Text, t => t.BodyHash), Each(NpgsqlDbType.Json, t => t.IdempotencyKey is null ? null : t.Answer?.GetRawText()),
            Each(NpgsqlDbType.TimestampTz, t => t.OccurredAt), outcome, Optional(duplicateOf, NpgsqlDbType.Uuid)));

        NpgsqlParameter Each<T>(NpgsqlDbType type, Func<Transaction, T> column) => new() { Value = transactions.Select(column).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
    }

    /// <summary>The rows with the given keys as the database has them, in the form in which steps carry them; null for one that is not there.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement?>> StoredAsync(DbSession session, string entity, IReadOnlyCollection<string> keys, CancellationToken ct)
    {
        var table = Table(entity);
        var found = await session.QueryAsync<(string Key, string Row)>($"select id::text, (to_jsonb(t) - 'transaction_id')::text from {table.Name} t where id = any(@keys::{SqlType(KeyColumn(table))}[])", new { keys = keys.ToArray() }, ct);
        var rows = found.ToDictionary(f => f.Key, f => table.Write(table.Read(JsonSerializer.Deserialize<JsonElement>(f.Row))));
        return keys.ToDictionary(k => k, k => rows.TryGetValue(k, out var row) ? row : (JsonElement?)null);
    }

    private Table Table(string entity) => tables.GetValueOrDefault(entity) ?? throw new InvalidOperationException($"a step names the unknown table {entity}");

    private NpgsqlBatchCommand Create(Table table, List<(Guid Transaction, JsonElement Row)> rows)
    {
        var columns = table.Columns;
        var sql = statements.GetOrAdd($"create {table.Name}", _ => $"""
            insert into {table.Name} (transaction_id, {string.Join(", ", columns.Select(c => c.Name))})
            select r.transaction_id, {string.Join(", ", columns.Select(SqlValue))}
            from unnest($1, {string.Join(", ", columns.Select((_, i) => $"${i + 2}"))}) r(transaction_id, {string.Join(", ", columns.Select(c => c.Name))})
            """);
        var values = columns.Select(_ => new string?[rows.Count]).ToList();
        foreach (var (n, (_, row)) in rows.Index())
        {
            var next = 0;
            foreach (var field in row.EnumerateObject())
            {
                // As a rule the fields come in the order of the columns.
                if (next == columns.Count || !field.NameEquals(columns[next].Name))
                    next = columns.Index().Where(c => field.NameEquals(c.Item.Name)).Select(c => (int?)c.Index).FirstOrDefault() ?? -1;
                if (next >= 0)
                    values[next][n] = Text(field.Value);
                next++;
            }
        }
        return Statement(sql, [Optional(rows.Select(r => r.Transaction).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid), .. values.Select(v => Optional(v, NpgsqlDbType.Array | NpgsqlDbType.Text))]);
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };

    /// <summary>The column's value out of its text.</summary>
    private static string SqlValue(Column column) => column.Type == typeof(string[])
        ? $"case when r.{column.Name} is not null then array(select json_array_elements_text(r.{column.Name}::json)) end"
        : $"r.{column.Name}::{SqlType(column)}";

    private static string SqlType(Column column) => (Nullable.GetUnderlyingType(column.Type) ?? column.Type) switch
    {
        { IsEnum: true } => "text",
        var type when type == typeof(Guid) => "uuid",
        var type when type == typeof(int) => "integer",
        var type when type == typeof(double) => "double precision",
        var type when type == typeof(bool) => "boolean",
        var type when type == typeof(DateTimeOffset) => "timestamptz",
        var type when type == typeof(string) => "text",
        var type => throw new InvalidOperationException($"the column {column.Name} is of a type that has no name in SQL here: {type}"),
    };

    private NpgsqlBatchCommand Update(Table table, RowChange change, Guid transaction)
    {
        var set = Columns(table, change.Row!.Value);
        var seen = Columns(table, change.Seen!.Value);
        var sql = statements.GetOrAdd($"update {table.Name} {string.Join(',', set)} {string.Join(',', seen)}", _ => $"""
            with changed as (
              update {table.Name} t set {string.Concat(set.Select(c => $"{c} = n.{c}, "))}version = t.version + 1, transaction_id = $4
              from jsonb_populate_record(null::{table.Name}, $2) n, jsonb_populate_record(null::{table.Name}, $3) s
              where t.id = {Key(table)}{string.Concat(seen.Select(c => $" and t.{c} is not distinct from s.{c}"))}
              returning 1)
            select opsdb_expect(count(*), 1, '{SqlState.RowConflict}', '{table.Name}', $1) from changed
            """);
        return Statement(sql, change.Key, JsonText(change.Row!.Value), JsonText(change.Seen!.Value), transaction);
    }

    private NpgsqlBatchCommand Delete(Table table, RowChange change)
    {
        var seen = Columns(table, change.Seen!.Value);
        var sql = statements.GetOrAdd($"delete {table.Name} {string.Join(',', seen)}", _ => $"""
            with changed as (
              delete from {table.Name} t using jsonb_populate_record(null::{table.Name}, $2) s
              where t.id = {Key(table)}{string.Concat(seen.Select(c => $" and t.{c} is not distinct from s.{c}"))}
              returning 1)
            select opsdb_expect(count(*), 1, '{SqlState.RowConflict}', '{table.Name}', $1) from changed
            """);
        return Statement(sql, change.Key, JsonText(change.Seen!.Value));
    }

    private static string Key(Table table) => $"$1::{SqlType(KeyColumn(table))}";

    private static Column KeyColumn(Table table) => table.Columns.First(c => c.Name == "id");

    /// <summary>The names as the table knows them: a name from a log entry reaches SQL only after this check.</summary>
    private static List<string> Columns(Table table, JsonElement row)
    {
        var names = row.EnumerateObject().Select(p => p.Name).ToList();
        return names.Except(table.Columns.Select(c => c.Name)).FirstOrDefault() is { } unknown
            ? throw new InvalidOperationException($"a step names the unknown column {table.Name}.{unknown}")
            : names;
    }

    private static NpgsqlParameter JsonText(JsonElement row) => Optional(row.GetRawText(), NpgsqlDbType.Jsonb);

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
