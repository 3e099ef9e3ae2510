using System.Collections.Concurrent;
using System.Security.Cryptography;
using OpsDb.Kernel;

namespace OpsDb.Tokens;

/// <summary>The codes of a request: the long one is the program's, the short one is read by a person.</summary>
public sealed record DeviceCodes(string Device, string User);

/// <summary>Tokens for programs without a browser: asked for by one, approved by a person elsewhere, and given once (RFC 8628).</summary>
public sealed class DeviceFlow(IDeviceRequests requests, ICommands commands, CodeGuesses guesses, TokenOptions options, TimeProvider time)
{
    /// <summary>How long somebody has to decide.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    // Neither words nor letters that look or sound alike.
    private const string Letters = "BCDFGHJKLMNPQRSTVWXZ";
    private const int UserLength = 8, DeviceBytes = 32;

    /// <exception cref="RefusalException">too-many-requests.</exception>
    public async Task<DeviceCodes> BeginAsync(string clientId, string[] scopes, string? address, CancellationToken ct)
    {
        var codes = new DeviceCodes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(DeviceBytes)),
            RandomNumberGenerator.GetString(Letters, UserLength));
        var request = new DeviceRequest(clientId, scopes, address, time.GetUtcNow() + Life);
        return await requests.AddAsync(Hash(codes.Device), Hash(codes.User), request, ct)
            ? codes with { User = codes.User.Insert(UserLength / 2, "-") }
            : throw new RefusalException(Problems.TooManyRequests, "Too many programs wait for somebody to approve them.") { RetryAfter = Life };
    }

    /// <summary>What is asked for.</summary>
    /// <exception cref="RefusalException">not-found, too-many-requests.</exception>
    public async Task<DeviceRequest> ShowAsync(string userCode, Principal caller, CancellationToken ct)
    {
        guesses.Require(caller.Actor.User);
        if (await requests.FindAsync(Hash(Plain(userCode)), ct) is { } found)
            return found;
        guesses.Wrong(caller.Actor.User);
        throw new RefusalException(Problems.NotFound,
            "No program waits with this code: it is mistyped, or its ten minutes are over. Begin anew at the program.");
    }

    /// <summary>The program gets what it asks for, as far as the caller may give it.</summary>
    /// <exception cref="RefusalException">not-found, too-many-requests, state-conflict.</exception>
    public async Task ApproveAsync(string userCode, Principal caller, CancellationToken ct)
    {
        var granted = Grant(await ShowAsync(userCode, caller, ct), caller);
        if (granted.Length == 0)
            throw new RefusalException(Problems.StateConflict, "The program asks for nothing that you may give on; deny it.");
        await DecideAsync(userCode, caller, granted, ct);
    }

    /// <exception cref="RefusalException">not-found, too-many-requests, state-conflict.</exception>
    public async Task DenyAsync(string userCode, Principal caller, CancellationToken ct)
    {
        await ShowAsync(userCode, caller, ct);
        await DecideAsync(userCode, caller, null, ct);
    }

    /// <summary>What the caller would give it.</summary>
    public static string[] Grant(DeviceRequest request, Principal caller) => [.. Permission.Common(request.Scopes, caller.Scopes)];

    /// <summary>Answers a program's question.</summary>
    /// <returns>Null where there is no such request; with the token where it was approved.</returns>
    public async Task<(DeviceAnswer Answer, string? Token)?> AskAsync(string deviceCode, string clientId, string? address, CancellationToken ct)
    {
        var hash = Hash(deviceCode);
        if (await requests.AskAsync(hash, clientId, ct) is not { } answer)
            return null;
        if (answer is not { State: DeviceState.Approved, UserName: { } user, Granted: { } granted })
            return (answer, null);
        var text = TokenText.Create(TokenKind.Pat);
        try
        {
            // The request is taken now; that the program has gone must not leave it without its token.
            await commands.SubmitAsync(new CreateToken($"device: {clientId}", TokenKind.Pat, user, options.Key.Hash(text), granted,
                time.GetUtcNow() + options.DeviceLifetime, options.Key.Id), new(new(user)) { Address = address }, CancellationToken.None);
            return (answer, text);
        }
        catch (RefusalException)
        {
            // Since the approval the user has lost what they gave.
            return (answer with { State = DeviceState.Denied }, null);
        }
        catch (OutageException)
        {
            await requests.PutBackAsync(hash, CancellationToken.None);
            throw;
        }
    }

    private async Task DecideAsync(string userCode, Principal caller, string[]? granted, CancellationToken ct)
    {
        if (!await requests.DecideAsync(Hash(Plain(userCode)), caller.Actor.User, granted, ct))
            throw new RefusalException(Problems.StateConflict, "The request was approved or denied already.");
    }

    private string Hash(string code) => options.Key.Hash(code);

    private static string Plain(string userCode) => string.Concat(userCode.Where(char.IsAsciiLetter)).ToUpperInvariant();
}

/// <summary>Counts wrong codes, so that nobody tries them all.</summary>
public sealed class CodeGuesses(TimeProvider time)
{
    private const int Most = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    // As many as there are users who have guessed.
    private readonly ConcurrentDictionary<string, (int Count, DateTimeOffset Since)> wrong = new();

    /// <exception cref="RefusalException">too-many-requests.</exception>
    public void Require(string user)
    {
        if (wrong.TryGetValue(user, out var known) && known.Count >= Most && known.Since + Pause - time.GetUtcNow() is { Ticks: > 0 } left)
            throw new RefusalException(Problems.TooManyRequests, $"{user} has given {Most} wrong codes.") { RetryAfter = left };
    }

    public void Wrong(string user)
    {
        var now = time.GetUtcNow();
        wrong.AddOrUpdate(user, (1, now), (_, known) => now - known.Since < Pause ? (known.Count + 1, known.Since) : (1, now));
    }
}
