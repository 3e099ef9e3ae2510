using System.Buffers.Binary;
using System.Text;

namespace OpsDb.Servers;

/// <summary>The beginning of a PostgreSQL connection: what its start-up packet says about it.</summary>
internal sealed record ClientStart(string? Application, bool IsReplication);

/// <summary>A client's message, seen before it is forwarded.</summary>
internal readonly record struct ClientMessage(char Type, int Length, bool IsCommit, bool ExpectsSslAnswer);

/// <summary>
/// Reads the frames of PostgreSQL's frontend protocol, just enough to know where messages begin and which of them commits:
/// packets without a type until the start-up packet, then type and length.
/// </summary>
internal sealed class ClientMessages
{
    public const char StartUp = '\0';

    private const int SslRequest = 80877103, EncryptionRequest = 80877104, CancelRequest = 80877102;
    private const int MaxInspected = 256, LongestStartUp = 10_000;

    private readonly HashSet<string> commitStatements = [];

    /// <summary>Known once the start-up packet has been seen.</summary>
    public ClientStart? Start { get; private set; }

    /// <summary>The bytes are not the protocol (TLS, say): they pass unseen.</summary>
    public bool IsOpaque { get; private set; }

    /// <summary>Reads the message that begins with these bytes; false when more of them are needed to judge it.</summary>
    public bool TryRead(ReadOnlySpan<byte> bytes, out ClientMessage message)
    {
        message = default;
        return Start is null ? TryReadPacket(bytes, ref message) : TryReadTyped(bytes, ref message);
    }

    private bool TryReadPacket(ReadOnlySpan<byte> bytes, ref ClientMessage message)
    {
        if (bytes.Length < 8)
            return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes);
        var code = BinaryPrimitives.ReadInt32BigEndian(bytes[4..]);
        if (length is < 8 or > LongestStartUp)
        {
            IsOpaque = true;
            message = new(StartUp, bytes.Length, false, false);
            return true;
        }

        if (code is SslRequest or EncryptionRequest or CancelRequest)
        {
            message = new(StartUp, length, false, code != CancelRequest);
            return true;
        }

        if (bytes.Length < length)
            return false;
        Start = ReadStart(bytes[8..length]);
        message = new(StartUp, length, false, false);
        return true;
    }

    private bool TryReadTyped(ReadOnlySpan<byte> bytes, ref ClientMessage message)
    {
        if (bytes.Length < 5)
            return false;
        var type = (char)bytes[0];
        var length = 1 + BinaryPrimitives.ReadInt32BigEndian(bytes[1..]);
        if (type is not ('Q' or 'P' or 'B') || length > MaxInspected)
        {
            message = new(type, length, false, false);
            return true;
        }

        if (bytes.Length < length)
            return false;
        var body = bytes[5..length];
        message = new(type, length, IsCommit(type, body), false);
        return true;
    }

    private bool IsCommit(char type, ReadOnlySpan<byte> body)
    {
        var first = Text(ref body);
        switch (type)
        {
            case 'Q':
                return IsCommit(first);
            case 'P':
                var commits = IsCommit(Text(ref body));
                // A named statement may be executed later without being parsed again.
                if (first.Length > 0 && (commits ? commitStatements.Add(first) : commitStatements.Remove(first)))
                    return commits;
                return commits;
            default:
                return commitStatements.Contains(Text(ref body));
        }
    }

    private static bool IsCommit(string sql) =>
        sql.Trim().TrimEnd(';').TrimEnd().ToUpperInvariant() is "COMMIT" or "END" or "COMMIT TRANSACTION" or "COMMIT WORK";

    private static ClientStart ReadStart(ReadOnlySpan<byte> parameters)
    {
        string? application = null;
        var replication = false;
        while (Text(ref parameters) is { Length: > 0 } name)
        {
            var value = Text(ref parameters);
            if (name == "application_name")
                application = value;
            else if (name == "replication")
                replication = value is not ("false" or "off" or "no" or "0");
        }

        return new(application, replication);
    }

    private static string Text(ref ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        if (end < 0)
            end = bytes.Length;
        var text = Encoding.UTF8.GetString(bytes[..end]);
        bytes = end < bytes.Length ? bytes[(end + 1)..] : [];
        return text;
    }
}
