using System.Text;
using System.Text.Json;
using static OpsDb.Verify.JsonSteps;

namespace OpsDb.Verify;

/// <summary>One line of final.jsonl; what a line does not have is -1, null or empty. The same object is filled for each line.</summary>
internal sealed class FinalLine
{
    public int Number;
    public string Type = "";
    public string At = "", Site = "", Name = "", Digest = "", Action = "", Status = "";
    public Entity? Entity;
    public Guid Id, Transaction, DuplicateOf;
    public Guid? Key;
    public int Epoch, PreviousEpoch;
    public long Position, Fork, Applied, Missing, Last, Rows, Value;
    public bool Acknowledged;
    public Fate Fate;
    public readonly Shown Row = new();
    public readonly Pool<Shown> Answer = new();

    public void Clear()
    {
        Type = At = Site = Name = Digest = Action = Status = "";
        (Entity, Id, Transaction, DuplicateOf, Key, Fate) = (null, default, default, default, null, Fate.None);
        (Epoch, PreviousEpoch, Position, Fork, Applied, Missing, Last, Rows, Value) = (-1, -1, -1, -1, -1, -1, -1, -1, -1);
        Acknowledged = false;
        Row.Clear();
        Answer.Clear();
    }
}

/// <summary>Reads lines of final.jsonl as docs/history-format.md describes them. What it does not know it passes over.</summary>
internal sealed class FinalReader(SymbolTable symbols, CallReader calls)
{
    private readonly FinalLine line = new();

    /// <param name="take">Gets each line, and for an applied one the entities of the rows of its answer.</param>
    /// <param name="skip">What the lines begin with that are not wanted; to save time.</param>
    public void Read(string path, Func<FinalLine, int, Entity?> entityOfAnswer, Action<FinalLine> take, ReadOnlySpan<byte> skip = default)
    {
        using var lines = new JsonLines(path);
        while (lines.Next())
        {
            if (skip.Length > 0 && lines.Line.StartsWith(skip))
                continue;
            try
            {
                Read(lines.Line, entityOfAnswer);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
            {
                throw lines.Unusable($"is not a line of the final state: {e.Message}");
            }
            line.Number = lines.Number;
            take(line);
        }
    }

    private void Read(ReadOnlySpan<byte> text, Func<FinalLine, int, Entity?> entityOfAnswer)
    {
        line.Clear();
        var reader = new Utf8JsonReader(text);
        reader.Read();
        ReadOnlySpan<byte> row = default, answer = default;
        while (NextName(ref reader))
        {
            if (reader.ValueTextEquals("t"u8))
                line.Type = Text(ref reader);
            else if (reader.ValueTextEquals("at"u8))
                line.At = Text(ref reader);
            else if (reader.ValueTextEquals("site"u8))
                line.Site = Text(ref reader);
            else if (reader.ValueTextEquals("name"u8))
                line.Name = Text(ref reader);
            else if (reader.ValueTextEquals("digest"u8))
                line.Digest = Text(ref reader);
            else if (reader.ValueTextEquals("action"u8))
                line.Action = Text(ref reader);
            else if (reader.ValueTextEquals("status"u8))
                line.Status = Text(ref reader);
            else if (reader.ValueTextEquals("entity"u8))
                line.Entity = Opens(ref reader) ? symbols.Entity(reader.ValueSpan) : null;
            else if (reader.ValueTextEquals("id"u8))
                line.Id = Uuid(ref reader);
            else if (reader.ValueTextEquals("transaction"u8))
                line.Transaction = Uuid(ref reader);
            else if (reader.ValueTextEquals("duplicate_of"u8))
                line.DuplicateOf = Uuid(ref reader);
            else if (reader.ValueTextEquals("key"u8))
                line.Key = Uuid(ref reader) is var key && key == default ? null : key;
            else if (reader.ValueTextEquals("epoch"u8))
                line.Epoch = Name(ref reader, symbols.Epochs);
            else if (reader.ValueTextEquals("previous_epoch"u8))
                line.PreviousEpoch = Name(ref reader, symbols.Epochs);
            else if (reader.ValueTextEquals("position"u8))
                line.Position = Number(ref reader);
            else if (reader.ValueTextEquals("fork_position"u8))
                line.Fork = Number(ref reader);
            else if (reader.ValueTextEquals("applied_position"u8))
                line.Applied = Number(ref reader);
            else if (reader.ValueTextEquals("missing_position"u8))
                line.Missing = Number(ref reader);
            else if (reader.ValueTextEquals("last"u8))
                line.Last = Number(ref reader);
            else if (reader.ValueTextEquals("rows"u8))
                line.Rows = Number(ref reader);
            else if (reader.ValueTextEquals("value"u8))
                line.Value = Number(ref reader);
            else if (reader.ValueTextEquals("acknowledged"u8))
                line.Acknowledged = Flag(ref reader);
            else if (reader.ValueTextEquals("outcome"u8))
                line.Fate = FateOf(Text(ref reader));
            else if (reader.ValueTextEquals("row"u8))
                row = Part(ref reader, text);
            else if (reader.ValueTextEquals("answer"u8))
                answer = Part(ref reader, text);
            else
                Skip(ref reader);
        }
        if (row.Length > 0 && line.Entity is { } entity)
        {
            var inner = new Utf8JsonReader(row);
            inner.Read();
            calls.ReadRow(ref inner, entity, line.Row);
        }
        if (answer.Length > 0)
            ReadAnswer(answer, entityOfAnswer);
    }

    private void ReadAnswer(ReadOnlySpan<byte> answer, Func<FinalLine, int, Entity?> entityOfAnswer)
    {
        var reader = new Utf8JsonReader(answer);
        if (!Opens(ref reader))
            return;
        while (NextName(ref reader))
        {
            if (reader.ValueTextEquals("rows"u8))
                calls.ReadRows(ref reader, line.Answer, index => entityOfAnswer(line, index));
            else
                Skip(ref reader);
        }
    }

    private static ReadOnlySpan<byte> Part(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return text[start..(int)reader.BytesConsumed];
    }

    private static Fate FateOf(string text) => text switch
    {
        "applied" => Fate.Applied,
        "duplicate" => Fate.Duplicate,
        "failed" => Fate.Failed,
        "parked" => Fate.Parked,
        "discarded" => Fate.Discarded,
        _ => throw new JsonException("outcome is applied, duplicate, failed, parked or discarded"),
    };

    private static string Text(ref Utf8JsonReader reader) => Opens(ref reader) ? string.Intern(Encoding.UTF8.GetString(reader.ValueSpan)) : "";
}
