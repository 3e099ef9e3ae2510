using System.Text.Json;
using OpsDb.Kernel;

namespace OpsDb.ForeignTokens;

/// <summary>Asks the provider about tokens that say nothing by themselves. What it has said is believed for a minute.</summary>
internal sealed class Introspector(IIssuer issuer, ForeignTokenOptions options, TimeProvider time) : IDisposable
{
    private const int MaxRemembered = 10_000, MaxQuestions = 16, MaxLength = 4096;
    private static readonly TimeSpan Believed = TimeSpan.FromSeconds(60);

    private readonly Remembered<Answer> answers = new(MaxRemembered, time);
    private readonly SemaphoreSlim questions = new(MaxQuestions);

    /// <param name="key">Tells tokens apart.</param>
    /// <exception cref="TokenRefusedException">token-unknown, token-not-accepted, token-expired.</exception>
    /// <exception cref="OutageException">identity-provider-unreachable.</exception>
    public async Task<ForeignClaims> CheckAsync(string token, string key, CancellationToken ct)
    {
        if (token.Length > MaxLength || !token.All(c => char.IsAsciiLetterOrDigit(c) || "-._~+/=".Contains(c, StringComparison.Ordinal)))
            throw new TokenRefusedException(Problems.TokenMalformed, "The token has characters that tokens do not have, or too many.");
        if (!answers.IsFresh(key, out var answer) || answer is null)
            answer = answers.Keep(key, await AskAsync(token, ct), Believed);
        return answer.Claims.TryGetProperty("active", out var active) && active.ValueKind == JsonValueKind.True
            ? ForeignClaims.Read(answer.Claims, options, time.GetUtcNow())
            : throw new TokenRefusedException(Problems.TokenUnknown, "The identity provider does not know the token, or it is over.");
    }

    public void Dispose() => questions.Dispose();

    private async Task<Answer> AskAsync(string token, CancellationToken ct)
    {
        if (!await questions.WaitAsync(options.TimeLimit, ct))
            throw Unreachable("The identity provider is asked about too many tokens at once.");
        try
        {
            return new(await issuer.IntrospectAsync(token, ct));
        }
        catch (NoAnswerException e)
        {
            throw Unreachable($"The identity provider {e.Message}.", e);
        }
        finally
        {
            questions.Release();
        }
    }

    private static OutageException Unreachable(string why, Exception? cause = null) =>
        new(ForeignTokenProblems.ProviderUnreachable, $"{why} Repeat the request later, or use a token of OpsDb.", cause)
        {
            RetryAfter = TimeSpan.FromSeconds(10),
        };

    private sealed record Answer(JsonElement Claims);
}
