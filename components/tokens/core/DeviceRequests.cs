namespace OpsDb.Tokens;

/// <summary>A program without a browser asks for a token, which somebody gives it elsewhere (RFC 8628).</summary>
/// <param name="ClientId">What the program calls itself.</param>
/// <param name="Scopes">What it wants to do.</param>
/// <param name="Address">From where it asks.</param>
public sealed record DeviceRequest(string ClientId, string[] Scopes, string? Address, DateTimeOffset ExpiresAt)
{
    /// <summary>Whether somebody has approved or denied it.</summary>
    public bool IsDecided { get; init; }
}

/// <summary>What a program is told that asks whether it gets its token.</summary>
public enum DeviceState
{
    /// <summary>Nobody has decided yet.</summary>
    Pending,

    /// <summary>The same, and the program asks too often.</summary>
    TooOften,

    /// <summary>It took too long.</summary>
    Expired,

    /// <summary>Somebody has said no.</summary>
    Denied,

    /// <summary>Somebody has said yes: this question, and no other, gets the token.</summary>
    Approved,

    /// <summary>Another question has got it.</summary>
    Taken,
}

/// <summary>The answer to such a question.</summary>
/// <param name="UserName">Who has decided; null where nobody has.</param>
/// <param name="Granted">What the token permits.</param>
public sealed record DeviceAnswer(DeviceState State, string ClientId, string? UserName, string[]? Granted);

/// <summary>The requests of programs, on the main database, where tokens are made: one site asks and another may approve. Codes are kept as hashes.</summary>
public interface IDeviceRequests
{
    /// <returns>False when too many are open, of all or from the same address.</returns>
    /// <exception cref="Kernel.OutageException">main-unreachable; so of all that it is asked.</exception>
    Task<bool> AddAsync(string deviceHash, string userHash, DeviceRequest request, CancellationToken ct);

    /// <summary>Null when there is none that is open.</summary>
    Task<DeviceRequest?> FindAsync(string userHash, CancellationToken ct);

    /// <param name="granted">What the token permits; null to deny it.</param>
    /// <returns>False when it is not open any more, or was decided.</returns>
    Task<bool> DecideAsync(string userHash, string user, string[]? granted, CancellationToken ct);

    /// <summary>Answers a program's question; of several at once one is answered with <see cref="DeviceState.Approved"/>.</summary>
    /// <returns>Null when there is no such request of this program.</returns>
    Task<DeviceAnswer?> AskAsync(string deviceHash, string clientId, CancellationToken ct);

    /// <summary>The token could not be made: the next question gets it.</summary>
    Task PutBackAsync(string deviceHash, CancellationToken ct);
}
