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
                else
                    Skip(ref reader);
            }
        }
    }

    private static RowAction ReadAction(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.ValueTextEquals("create"u8) ? RowAction.Create
            : reader.ValueTextEquals("update"u8) ? RowAction.Update
            : reader.ValueTextEquals("delete"u8) ? RowAction.Delete
            : reader.ValueTextEquals("given"u8) ? RowAction.Given
            : throw new JsonException("action is create, update, delete or given");
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
        if (!Opens(ref reader))
            return;
        var touched = requested.Touched == ulong.MaxValue ? 0 : requested.Touched;
        while (NextName(ref reader))
        {
            var field = EntityOf(requested).Field(reader.ValueSpan);
            reader.Read();
            requested.Set.Add((field, Code.Value(ref reader, out _)));
            touched |= 1UL << field;
        }
        requested.Touched = touched;
    }

    private static void ReadOpen(ref Utf8JsonReader reader, RequestedWrite requested)
    {
        if (!Opens(ref reader))
            return;
        var touched = requested.Touched == ulong.MaxValue ? 0 : requested.Touched;
        while (reader.Read() && reader.TokenType == JsonTokenType.String)
            touched |= 1UL << EntityOf(requested).Field(reader.ValueSpan);
        requested.Touched = touched;
    }
}
