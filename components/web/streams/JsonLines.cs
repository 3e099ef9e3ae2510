using System.Buffers;
using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.Web;

/// <summary>Each row in JSON on a line (NDJSON, https://github.com/ndjson/ndjson-spec).</summary>
internal sealed class JsonLines() : RowFormat(LinesType, "each in JSON on a line of its own")
{
    public override bool IsJson => true;

    public override IRowWriter<T> Begin<T>(IBufferWriter<byte> body) => new Writer<T>(body);

    private sealed class Writer<T>(IBufferWriter<byte> body) : IRowWriter<T>
    {
        private readonly Utf8JsonWriter line = new(body, new() { Encoder = Json.Published.Encoder, SkipValidation = true });

        public void Write(T row)
        {
            JsonSerializer.Serialize(line, row, Json.Published);
            line.Flush();
            line.Reset();
            body.Write("\n"u8);
        }

        public void End()
        {
        }

        public void Dispose() => line.Dispose();
    }
}
