using System.Text.Json;
using static OpsDb.Verify.JsonSteps;

namespace OpsDb.Verify;

/// <summary>Reads lines of history.jsonl as docs/history-format.md describes them. What it does not know it passes over. One method for each part of
/// a line, in one file to be read beside that page.</summary>
internal sealed class CallReader(SymbolTable symbols)
{
    public Call Call { get; } = new();

    public void Read(JsonLines lines)
    {
        try
        {
            Read(lines.Line);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw lines.Unusable($"is not a call: {e.Message}");
        }
        Call.Line = lines.Number;
        if (Call.Client < 0 || Call.Process < 0 || Call.Invoke < 0 || Call.Complete < Call.Invoke)
            throw lines.Unusable("a call has client, process, outcome, and complete not before invoke");
    }

    /// <summary>One row of an answer, of the ledger or of a table.</summary>
    public void ReadRow(ref Utf8JsonReader reader, Entity entity, Shown row)
    {
        row.Clear();
        while (NextName(ref reader))
        {
            if (reader.ValueTextEquals("id"u8))
                row.Id = symbols.RowId(ref reader);
            else if (reader.ValueTextEquals("version"u8))
                row.Version = (int)Number(ref reader);
            else if (reader.ValueTextEquals("transaction"u8))
                row.Transaction = Uuid(ref reader);
            else if (reader.ValueTextEquals("state"u8))
                row.Standing = StandingOf(ref reader);
            else if (reader.ValueTextEquals("fields"u8))
                ReadFields(ref reader, entity, row);
            else
                Skip(ref reader);
        }
        row.FieldCount = entity.Fields.Count;
    }

    public void ReadRows(ref Utf8JsonReader reader, Pool<Shown> rows, Func<int, Entity?> entityOf)
    {
        if (!Opens(ref reader))
            return;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (entityOf(rows.Count) is { } entity)
                ReadRow(ref reader, entity, rows.Add());
            else
                reader.Skip();
        }
    }

    private void Read(ReadOnlySpan<byte> line)
    {
        Call.Clear();
        var reader = new Utf8JsonReader(line);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("it is no object");
        var answer = default(ReadOnlySpan<byte>);
        while (NextName(ref reader))
        {
            if (reader.ValueTextEquals("client"u8))
                Call.Client = Name(ref reader, symbols.Clients);
            else if (reader.ValueTextEquals("process"u8))
                ReadProcess(ref reader);
            else if (reader.ValueTextEquals("op"u8))
                Call.Operation = Name(ref reader, symbols.Operations);
            else if (reader.ValueTextEquals("key"u8))
                Call.Key = Uuid(ref reader) is var key && key == default ? null : key;
            else if (reader.ValueTextEquals("invoke"u8))
                Call.Invoke = Number(ref reader);
            else if (reader.ValueTextEquals("complete"u8))
                Call.Complete = Number(ref reader);
            else if (reader.ValueTextEquals("outcome"u8))
                Call.Outcome = ReadOutcome(ref reader);
            else if (reader.ValueTextEquals("stale"u8))
                Call.Stale = Flag(ref reader);
            else if (reader.ValueTextEquals("writes"u8))
                new RequestedWriteReader(symbols, Call).Read(ref reader);
            else if (reader.ValueTextEquals("read"u8) || reader.ValueTextEquals("list"u8))
                ReadTarget(ref reader, reader.ValueTextEquals("read"u8) ? CallKind.Read : CallKind.List);
            else if (reader.ValueTextEquals("sum"u8))
                ReadTarget(ref reader, CallKind.Sum);
            else if (reader.ValueTextEquals("ask"u8))
                ReadAsk(ref reader);
            else if (reader.ValueTextEquals("answer"u8))
            {
                // Which fields a row has depends on what was asked for, which may come later in the line.
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                answer = line[start..(int)reader.BytesConsumed];
            }
            else
                Skip(ref reader);
        }
        if (answer.Length > 0)
            ReadAnswer(answer);
    }

    private void ReadProcess(ref Utf8JsonReader reader)
    {
        Call.Process = Name(ref reader, symbols.Processes);
        var slash = reader.ValueSpan.IndexOf((byte)'/');
        Call.Site = symbols.Sites.Of(slash < 0 ? reader.ValueSpan : reader.ValueSpan[..slash]);
    }

    private static Outcome ReadOutcome(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.ValueTextEquals("ok"u8) ? Outcome.Ok
            : reader.ValueTextEquals("refused"u8) ? Outcome.Refused
            : reader.ValueTextEquals("unknown"u8) ? Outcome.Unknown
            : throw new JsonException("outcome is ok, refused or unknown");
    }

    private void ReadTarget(ref Utf8JsonReader reader, CallKind kind)
    {
        if (!Opens(ref reader))
            return;
        Call.Kind = kind;
        while (NextName(ref reader))
        {
            if (reader.ValueTextEquals("entity"u8))
            {
                reader.Read();
                Call.Entity = symbols.Entity(reader.ValueSpan);
            }
            else if (reader.ValueTextEquals("id"u8))
                Call.Id = symbols.RowId(ref reader);
            else if (reader.ValueTextEquals("filter"u8))
                ConditionReader.Read(ref reader, Call.Entity, Call.Filter);
            else if (reader.ValueTextEquals("sort"u8))
                ReadSort(ref reader);
            else if (reader.ValueTextEquals("from"u8))
                Call.FromField = FieldOf(ref reader);
            else if (reader.ValueTextEquals("to"u8))
                Call.ToField = FieldOf(ref reader);
            else
                Skip(ref reader);
        }
        if (Call.Entity is null)
            throw new JsonException("a read, a list or a sum has an entity");
    }

    private int FieldOf(ref Utf8JsonReader reader)
    {
        reader.Read();
        return (Call.Entity ?? throw new JsonException("entity comes first in sum")).Field(reader.ValueSpan);
    }

    private void ReadAsk(ref Utf8JsonReader reader)
    {
        if (!Opens(ref reader))
            return;
        Call.Kind = CallKind.Ask;
        while (NextName(ref reader))
        {
            if (reader.ValueTextEquals("about"u8))
            {
                reader.Read();
                Call.AsksForOne = reader.ValueTextEquals("transaction"u8);
            }
            else if (reader.ValueTextEquals("transaction"u8))
                Call.Asked = Uuid(ref reader);
            else if (reader.ValueTextEquals("age"u8))
                Call.Age = Number(ref reader);
            else
                Skip(ref reader);
        }
    }

    private void ReadStates(ref Utf8JsonReader reader)
    {
        if (!Opens(ref reader))
            return;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var (transaction, standing) = (default(Guid), Standing.None);
            while (NextName(ref reader))
            {
                if (reader.ValueTextEquals("transaction"u8))
                    transaction = Uuid(ref reader);
                else if (reader.ValueTextEquals("state"u8))
                    standing = StandingOf(ref reader);
                else
                    Skip(ref reader);
            }
            Call.States.Add((transaction, standing));
        }
    }

    private void ReadCounts(ref Utf8JsonReader reader)
    {
        if (!Opens(ref reader))
            return;
        while (NextName(ref reader))
        {
            if (reader.ValueTextEquals("failed"u8))
                Call.Failed = Number(ref reader);
            else
                Skip(ref reader);
        }
    }

    private static Standing StandingOf(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? Standing.None
            : reader.ValueTextEquals("buffered"u8) ? Standing.Buffered
            : reader.ValueTextEquals("applied"u8) || reader.ValueTextEquals("replicated"u8) ? Standing.Applied
            : reader.ValueTextEquals("failed"u8) ? Standing.Failed
            : reader.ValueTextEquals("parked"u8) ? Standing.Parked
            : reader.ValueTextEquals("duplicate"u8) ? Standing.Duplicate
            : reader.ValueTextEquals("discarded"u8) ? Standing.Discarded
            : throw new JsonException("state is buffered, applied, replicated, failed, parked, duplicate or discarded");
    }

    private void ReadSort(ref Utf8JsonReader reader)
    {
        if (!Opens(ref reader))
            return;
        var text = reader.ValueSpan;
        Call.Descending = text.StartsWith((byte)'-');
        var name = Call.Descending ? text[1..] : text;
        var comma = name.IndexOf((byte)',');
        Call.SortField = (Call.Entity ?? throw new JsonException("entity comes first in list")).Field(comma < 0 ? name : name[..comma]);
    }

    private void ReadAnswer(ReadOnlySpan<byte> answer)
    {
        var reader = new Utf8JsonReader(answer);
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return;
        while (NextName(ref reader))
        {
            if (reader.ValueTextEquals("transaction"u8))
                Call.Transaction = Uuid(ref reader);
            else if (reader.ValueTextEquals("epoch"u8))
                Call.Epoch = Name(ref reader, symbols.Epochs);
            else if (reader.ValueTextEquals("position"u8))
                Call.Position = Number(ref reader);
            else if (reader.ValueTextEquals("replayed"u8))
                Call.Replayed = Flag(ref reader);
            else if (reader.ValueTextEquals("pages"u8))
                Call.Pages = (int)Number(ref reader);
            else if (reader.ValueTextEquals("more"u8))
                Call.More = Flag(ref reader);
            else if (reader.ValueTextEquals("total"u8))
                Call.Total = Number(ref reader) is var total and >= 0 ? total : null;
            else if (reader.ValueTextEquals("seconds"u8))
                Call.Seconds = reader.Read() && reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : null;
            else if (reader.ValueTextEquals("states"u8))
                ReadStates(ref reader);
            else if (reader.ValueTextEquals("counts"u8))
                ReadCounts(ref reader);
            else if (reader.ValueTextEquals("rows"u8))
                ReadRows(ref reader, Call.Rows, EntityOfRow);
            else
                Skip(ref reader);
        }
    }

    private Entity? EntityOfRow(int index) => Call.Kind != CallKind.Write ? Call.Entity : Call.WriteOf(index)?.Entity;

    private static void ReadFields(ref Utf8JsonReader reader, Entity entity, Shown row)
    {
        if (!Opens(ref reader))
            return;
        while (NextName(ref reader))
        {
            if (reader.ValueTextEquals("id"u8) || reader.ValueTextEquals("version"u8)
                || reader.ValueTextEquals("sync"u8) || reader.ValueTextEquals("transaction_id"u8))
            {
                Skip(ref reader);
                continue;
            }
            var field = entity.Field(reader.ValueSpan);
            reader.Read();
            row.Fields[field] = Code.Value(ref reader, out var isText);
            if (isText)
                entity.Texts |= 1UL << field;
        }
    }
}
