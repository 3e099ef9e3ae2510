using System.Buffers;

namespace OpsDb.Web;

/// <summary>A form in which a whole list is answered, besides pages in JSON.</summary>
/// <param name="contentType">Asked for in <c>Accept</c>.</param>
/// <param name="about">What such an answer has, in the words of the API document.</param>
internal abstract class RowFormat(string contentType, string about)
{
    /// <summary>JSON on each line (NDJSON).</summary>
    public const string LinesType = "application/x-ndjson";

    public static IReadOnlyList<RowFormat> All { get; } = [new JsonLines(), new CsvLines(), new VoTable()];

    public string ContentType { get; } = contentType;

    public string About { get; } = about;

    /// <summary>With its parameters.</summary>
    public virtual string ContentTypeHeader => ContentType;

    /// <summary>Whether what is answered are rows in JSON, so that the schema of a row describes it.</summary>
    public virtual bool IsJson => false;

    /// <summary>Writes what comes before the first row.</summary>
    public abstract IRowWriter<T> Begin<T>(IBufferWriter<byte> body);
}

/// <summary>Writes the rows of one list.</summary>
internal interface IRowWriter<T> : IDisposable
{
    void Write(T row);

    /// <summary>Writes what comes after the last row.</summary>
    void End();
}
