using System.Text.Json;
using static OpsDb.Verify.JsonSteps;

namespace OpsDb.Verify;

/// <summary>Reads what a call asks to write.</summary>
internal readonly struct WantedReader(Names names, Call call)
{
    public void Read(ref Utf8JsonReader reader)
    {
        if (!Opens(ref reader))
            return;
        call.Kind = CallKind.Write;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var wanted = call.Writes.Add();
            (wanted.Entity, wanted.Id, wanted.Action, wanted.Expected, wanted.FromField, wanted.Touched) = (null!, null, RowAction.Update, null, -1, ulong.MaxValue);
            wanted.Set.Clear();
            while (NextName(ref reader))
            {
                if (reader.ValueTextEquals("entity"u8))
                {
                    reader.Read();
                    wanted.Entity = names.Entity(reader.ValueSpan);
                }
                else if (reader.ValueTextEquals("id"u8))
                    wanted.Id = names.RowId(ref reader) is var id && id == default ? null : id;
                else if (reader.ValueTextEquals("action"u8))
                    wanted.Action = ReadAction(ref reader);
                else if (reader.ValueTextEquals("expected"u8))
                    wanted.Expected = Number(ref reader) is var expected and > 0 ? (int)expected : null;
                else if (reader.ValueTextEquals("from"u8))
                    ReadFrom(ref reader, wanted);
                else if (reader.ValueTextEquals("set"u8))
                    ReadSet(ref reader, wanted);
                else if (reader.ValueTextEquals("open"u8))
                    ReadOpen(ref reader, wanted);
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

    private static Entity EntityOf(Wanted wanted) => wanted.Entity ?? throw new JsonException("entity comes first in each of writes");

    private static void ReadFrom(ref Utf8JsonReader reader, Wanted wanted)
    {
        if (!Opens(ref reader))
            return;
        while (NextName(ref reader))
        {
            wanted.FromField = EntityOf(wanted).Field(reader.ValueSpan);
            reader.Read();
            wanted.FromValue = Code.Value(ref reader, out _);
        }
    }

    private static void ReadSet(ref Utf8JsonReader reader, Wanted wanted)
    {
        if (!Opens(ref reader))
            return;
        var touched = wanted.Touched == ulong.MaxValue ? 0 : wanted.Touched;
        while (NextName(ref reader))
        {
            var field = EntityOf(wanted).Field(reader.ValueSpan);
            reader.Read();
            wanted.Set.Add((field, Code.Value(ref reader, out _)));
            touched |= 1UL << field;
        }
        wanted.Touched = touched;
    }

    private static void ReadOpen(ref Utf8JsonReader reader, Wanted wanted)
    {
        if (!Opens(ref reader))
            return;
        var touched = wanted.Touched == ulong.MaxValue ? 0 : wanted.Touched;
        while (reader.Read() && reader.TokenType == JsonTokenType.String)
            touched |= 1UL << EntityOf(wanted).Field(reader.ValueSpan);
        wanted.Touched = touched;
    }
}
