using System.Net.WebSockets;
using System.Text.Json;

namespace OpsDb.ApiTests.Events;

internal static class SocketMessages
{
    /// <summary>The next message of a socket, whole.</summary>
    public static async Task<JsonElement> MessageAsync(this ClientWebSocket socket, CancellationToken ct)
    {
        var (buffer, message) = (new byte[4096], new MemoryStream());
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, ct);
            await message.WriteAsync(buffer.AsMemory(0, received.Count), ct);
            if (received.EndOfMessage)
                return JsonSerializer.Deserialize<JsonElement>(message.ToArray());
        }
    }
}
