using System.Text.Json;
using static OpsDb.Verify.JsonSteps;

namespace OpsDb.Verify;

/// <summary>Reads what a call asks to write.</summary>
internal readonly struct RequestedWriteReader(SymbolTable symbols, Call call)
{
    public void Read(ref Utf8JsonReader reader)
    {
        if (!Opens(ref reader))
            return;
        call.Kind = CallKind.Write;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var requested = call.Writes.Add();
            requested.Clear();
            while (NextName(ref reader))
                ReadPart(ref reader, requested);
            if (requested.IsOfMany)
                EntityOf(requested).IsOfMany = true;
        }
    }

    private void ReadPart(ref Utf8JsonReader reader, RequestedWrite requested)
    {
        if (reader.ValueTextEquals("entity"u8))
        {
            reader.Read();
            requested.Entity = symbols.Entity(reader.ValueSpan);
        }
        else if (reader.ValueTextEquals("id"u8))
            requested.Id = symbols.RowId(ref reader) is var id && id == default ? null : id;
        else if (reader.ValueTextEquals("action"u8))
            requested.Action = ReadAction(ref reader);
        else if (reader.ValueTextEquals("expected"u8))
            requested.Expected = Number(ref reader) is var expected and > 0 ? (int)expected : null;
        else if (reader.ValueTextEquals("from"u8))
            ReadFrom(ref reader, requested);
        else if (reader.ValueTextEquals("set"u8))
            ReadSet(ref reader, requested);
        else if (reader.ValueTextEquals("open"u8))
            ReadOpen(ref reader, requested);
        else if (reader.ValueTextEquals("new"u8))
            ReadValues(ref reader, EntityOf(requested), requested.New);
        else if (reader.ValueTextEquals("by"u8))
            ReadBy(ref reader, requested);
        else if (reader.ValueTextEquals("refers"u8))
            ReadRefers(ref reader, requested);
        else if (reader.ValueTextEquals("where"u8))
            ConditionReader.Read(ref reader, requested.Entity, requested.Where);
        else
            Skip(ref reader);
    }

    private static RowAction ReadAction(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.ValueTextEquals("create"u8) ? RowAction.Create
            : reader.ValueTextEquals("update"u8) ? RowAction.Update
            : reader.ValueTextEquals("delete"u8) ? RowAction.Delete
            : reader.ValueTextEquals("given"u8) ? RowAction.Given
            : reader.ValueTextEquals("ensure"u8) ? RowAction.Ensure
            : reader.ValueTextEquals("each"u8) ? RowAction.Each
            : throw new JsonException("action is create, update, delete, given, ensure or each");
    }

    private static Entity EntityOf(RequestedWrite requested) => requested.Entity ?? throw new JsonException("entity comes first in each of writes");

    private static void ReadFrom(ref Utf8JsonReader reader, RequestedWrite requested)
    {
        if (!Opens(ref reader))
            return;
        while (NextName(ref reader))
        {
            requested.FromField = EntityOf(requested).Field(reader.ValueSpan);
            reader.Read();
            requested.FromValue = Code.Value(ref reader, out _);
        }
    }

    private static void ReadSet(ref Utf8JsonReader reader, RequestedWrite requested)
    {
        ReadValues(ref reader, EntityOf(requested), requested.Set);
        foreach (var (field, _) in requested.Set)
            Touch(requested, field);
    }

    private static void ReadValues(ref Utf8JsonReader reader, Entity entity, List<(int, long)> values)
    {
        if (!Opens(ref reader))
            return;
        while (NextName(ref reader))
        {
            var field = entity.Field(reader.ValueSpan);
            reader.Read();
            values.Add((field, Code.Value(ref reader, out _)));
        }
    }

    private static void ReadBy(ref Utf8JsonReader reader, RequestedWrite requested)
    {
        if (!Opens(ref reader))
            return;
        while (reader.Read() && reader.TokenType == JsonTokenType.String)
            requested.By.Add(EntityOf(requested).Field(reader.ValueSpan));
    }

    private static void ReadRefers(ref Utf8JsonReader reader, RequestedWrite requested)
    {
        if (!Opens(ref reader))
            return;
        while (NextName(ref reader))
        {
            var field = EntityOf(requested).Field(reader.ValueSpan);
            requested.Refers.Add((field, (int)Number(ref reader)));
            Touch(requested, field);
        }
    }

    private static void Touch(RequestedWrite requested, int field) =>
        requested.Touched = (requested.Touched == ulong.MaxValue ? 0 : requested.Touched) | 1UL << field;

    private static void ReadOpen(ref Utf8JsonReader reader, RequestedWrite requested)
    {
        if (!Opens(ref reader))
            return;
        while (reader.Read() && reader.TokenType == JsonTokenType.String)
            Touch(requested, EntityOf(requested).Field(reader.ValueSpan));
    }
}
