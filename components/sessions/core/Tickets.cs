using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using OpsDb.Kernel;
using OpsDb.Tokens;

namespace OpsDb.Sessions;

/// <summary>Tickets with which a page opens sockets: each is good once, for <see cref="Life"/>, at the site that has made it.</summary>
public sealed class Tickets(ISiteMemory memory, TokenOptions options) : ITickets
{
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    private const int Bytes = 32;

    /// <summary>Makes one that permits what its maker may do. Its text is kept nowhere.</summary>
    /// <exception cref="OutageException">What the site remembers cannot be reached.</exception>
    public async Task<string> MakeAsync(Principal principal, CancellationToken ct)
    {
        var text = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));
        await memory.SetAsync(NameOf(text), JsonSerializer.Serialize(principal, Json.Options), Life, ct);
        return text;
    }

    public async Task<Principal> TakeAsync(string ticket, CancellationToken ct) =>
        await memory.TakeAsync(NameOf(ticket), ct) is { } kept ? JsonSerializer.Deserialize<Principal>(kept, Json.Options)!
            : throw new TokenRefusedException(SessionProblems.TicketUnknown, "The ticket was used, is older than 30 s, or was made at another site.");

    private string NameOf(string ticket) => $"ticket:{options.Key.Hash(ticket)}";
}
