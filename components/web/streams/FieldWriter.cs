using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>Writes rows field by field, all of them in the order of the API document: by their JSON, in which some may be missing.</summary>
internal abstract class FieldWriter<T> : IRowWriter<T>
{
    private static readonly byte[][] Names = [.. Fields.Select(f => System.Text.Encoding.UTF8.GetBytes(f.Name))];

    private readonly ArrayBufferWriter<byte> row = new();
    private readonly Utf8JsonWriter json;

    protected FieldWriter(IBufferWriter<byte> body)
    {
        Body = body;
        json = new(row, new() { Encoder = Json.Published.Encoder, SkipValidation = true });
    }

    protected static IEnumerable<JsonPropertyInfo> Fields => Json.Published.GetTypeInfo(typeof(T)).Properties.Where(p => p.Get is not null);

    protected IBufferWriter<byte> Body { get; }

    public void Write(T row)
    {
        this.row.ResetWrittenCount();
        JsonSerializer.Serialize(json, row, Json.Published);
        json.Flush();
        json.Reset();
        var reader = new Utf8JsonReader(this.row.WrittenSpan, new JsonReaderOptions { MaxDepth = Json.Published.MaxDepth });
        reader.Read();
        reader.Read();
        BeginRow();
        for (var n = 0; n < Names.Length; n++)
        {
            BeginField(n);
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(Names[n]))
            {
                reader.Read();
                WriteValue(ref reader);
                reader.Read();
            }
            EndField();
        }
        EndRow();
    }

    public abstract void End();

    public void Dispose() => json.Dispose();

    protected abstract void BeginRow();

    /// <param name="n">Its number, from 0.</param>
    protected abstract void BeginField(int n);

    /// <summary>Not for what is null: nothing is written between the beginning and the end of its field.</summary>
    protected abstract void WriteText(ReadOnlySpan<byte> text);

    /// <param name="json">An object or an array, compact.</param>
    protected abstract void WriteJson(ReadOnlySpan<byte> json);

    protected abstract void EndField();

    protected abstract void EndRow();

    private void WriteValue(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.String:
                // Without its escapes it is no longer.
                var text = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
                WriteText(text.AsSpan(0, reader.CopyString(text)));
                ArrayPool<byte>.Shared.Return(text);
                break;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                WriteJson(row.WrittenSpan[start..(int)reader.BytesConsumed]);
                break;
            default:
                Body.Write(reader.ValueSpan);
                break;
        }
    }
}
