using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using OpsDb.Kernel;

namespace OpsDb.ForeignTokens;

/// <summary>
/// The keys of the provider. They are read anew when a token names one that is not among them, or when they are old, and never more often
/// than every five minutes, whatever tokens come; those of before are good until the provider has answered.
/// </summary>
internal sealed partial class IssuerKeys(IIssuer issuer, IKeptKeys kept, ForeignTokenOptions options, TimeProvider time, ILogger<IssuerKeys> logger)
{
    private const int MaxKeys = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5), FirstPause = TimeSpan.FromSeconds(10), Old = TimeSpan.FromHours(6);

    private readonly Lock turn = new();
    private Task reading = Task.CompletedTask;
    private DateTimeOffset readingSince = DateTimeOffset.MinValue;
    private Known? known;
    private bool hasLooked;

    /// <summary>Those with which a token can be signed: the one that it names, or all when it names none.</summary>
    /// <exception cref="OutageException">identity-provider-unreachable: there are none, or they are too old.</exception>
    public async Task<IReadOnlyList<SecurityKey>> FindAsync(string? id, CancellationToken ct)
    {
        if (!hasLooked)
            await LookAsync(ct);
        var now = time.GetUtcNow();
        if (Current is { } have && have.Of(id) is { Count: > 0 } found)
        {
            if (now - have.ReadAt > Old)
                _ = ReadAsync();
            return found;
        }
        // Whoever gives up does not end what others wait for.
        await ReadAsync().WaitAsync(ct);
        return Current?.Of(id) ?? throw new OutageException(ForeignTokenProblems.ProviderUnreachable,
            "The identity provider's keys are not known here, and it does not answer; repeat the request later, or use a token of OpsDb.")
        {
            RetryAfter = FirstPause,
        };
    }

    private Known? Current => known is { } have && time.GetUtcNow() - have.ReadAt < options.KeysMaxAge ? have : null;

    private Task ReadAsync()
    {
        lock (turn)
        {
            if (!reading.IsCompleted || time.GetUtcNow() - readingSince < (Current is null ? FirstPause : Pause))
                return reading;
            readingSince = time.GetUtcNow();
            return reading = ReadNowAsync();
        }
    }

    private async Task ReadNowAsync()
    {
        try
        {
            var now = time.GetUtcNow();
            var text = await issuer.ReadKeysAsync(CancellationToken.None);
            known = Parse(text, now);
            await kept.SaveAsync(options.Issuer, new(text, now), CancellationToken.None);
        }
        catch (NoAnswerException e)
        {
            LogFault(options.Issuer, e.Message);
        }
        catch (OutageException)
        {
            // Another time.
        }
    }

    /// <summary>The first request of a process does not wait for a provider that is away while the keys are at hand.</summary>
    private async Task LookAsync(CancellationToken ct)
    {
        try
        {
            if (await kept.FindAsync(options.Issuer, ct) is { } stored)
                known ??= Parse(stored.Keys, stored.ReadAt);
            hasLooked = true;
        }
        catch (Exception e) when (e is OutageException or NoAnswerException)
        {
            LogFault(options.Issuer, e.Message);
        }
    }

    /// <summary>Keys of which both sides know the same are none: whoever checks with them could also sign.</summary>
    /// <exception cref="NoAnswerException">There is none that could be used.</exception>
    private static Known Parse(string text, DateTimeOffset readAt)
    {
        try
        {
            List<SecurityKey> keys = [.. new JsonWebKeySet(text).Keys.Where(k => k is { Kty: "RSA" or "EC" } && k.Use is null or "" or "sig").Take(MaxKeys)];
            return keys.Count > 0 ? new(keys, readAt) : throw new NoAnswerException("publishes no key by which signatures could be checked");
        }
        catch (Exception e) when (e is ArgumentException or JsonException or InvalidOperationException or FormatException or NotSupportedException)
        {
            throw new NoAnswerException("publishes keys in a form that cannot be read", e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The keys of {Issuer} stay as they are: {Reason}")]
    private partial void LogFault(string issuer, string reason);

    private sealed record Known(IReadOnlyList<SecurityKey> Keys, DateTimeOffset ReadAt)
    {
        public IReadOnlyList<SecurityKey> Of(string? id) => string.IsNullOrEmpty(id) ? Keys : [.. Keys.Where(k => k.KeyId == id)];
    }
}
