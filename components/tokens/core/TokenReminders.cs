using OpsDb.Kernel;
using OpsDb.Users;

namespace OpsDb.Tokens;

/// <summary>Finds tokens that end soon.</summary>
public interface IEndingTokens
{
    /// <summary>Those that are good now and end within a time, of users who have access, but for those that were rotated: another one follows them.</summary>
    /// <exception cref="OutageException">main-unreachable.</exception>
    Task<IReadOnlyList<ApiToken>> EndingAsync(TimeSpan within, CancellationToken ct);
}

/// <summary>Tells users once of each of their tokens that it ends soon, while there is time for another one.</summary>
public sealed class TokenReminders(IEndingTokens tokens, INotices notices)
{
    /// <summary>How long before the end.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromDays(14);

    /// <returns>How many tokens somebody is now told of.</returns>
    /// <exception cref="OutageException">main-unreachable.</exception>
    public async Task<int> RemindAsync(TimeSpan within, CancellationToken ct) =>
        await notices.AddAsync([.. (await tokens.EndingAsync(within, ct)).Select(Reminder)], ct);

    private static Notice Reminder(ApiToken token) => new(
        $"token-ending {token.Id} {Instant.Format(token.ExpiresAt)}",
        token.UserName,
        $"A token of yours ends at {Instant.Format(token.ExpiresAt)}",
        $"The token '{token.Name}' ({token.Id}) is good until {Instant.Format(token.ExpiresAt)}. Whatever uses it is refused then. "
            + $"Make its successor in time: POST /api/v1/tokens/{token.Id}/rotate, with overlap_hours for how long both are good.");
}
