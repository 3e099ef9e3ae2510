using OpsDb.Kernel;
using OpsDb.Users;

namespace OpsDb.Tokens;

/// <summary>Makes a token known. Its text stays with whoever made it.</summary>
/// <param name="TokenHash">See <see cref="TokenKey.Hash"/>.</param>
/// <param name="KeyId">See <see cref="TokenKey.Id"/>.</param>
[Kind("tokens.create")]
public sealed record CreateToken(string Name, TokenKind Kind, string UserName, string TokenHash, string[] Scopes, DateTimeOffset ExpiresAt, string KeyId)
    : ICommand<ApiToken>
{
    /// <summary>CIDR blocks from which it is accepted; null for anywhere.</summary>
    public string[]? AllowedNetworks { get; init; }

    internal sealed class Handler(IAccounts accounts, TimeProvider time) : ICommandHandler<CreateToken, ApiToken>
    {
        public async Task<Decision<ApiToken>> Decide(CreateToken command, CancellationToken ct)
        {
            await TokenLimits.RequireAsync(accounts, command.UserName, command.Scopes, ct);
            TokenLimits.RequireEnd(command.ExpiresAt, time.GetUtcNow());
            return Decision.Create(new ApiToken
            {
                Id = Guid.CreateVersion7(time.GetUtcNow()),
                Name = command.Name,
                Kind = command.Kind,
                UserName = command.UserName,
                TokenHash = command.TokenHash,
                KeyId = command.KeyId,
                Scopes = command.Scopes,
                ExpiresAt = command.ExpiresAt,
                AllowedNetworks = command.AllowedNetworks,
            });
        }
    }
}

/// <summary>Fields of a token that is not revoked change.</summary>
[Kind("tokens.change")]
public sealed record ChangeToken(Guid Id, MergePatch<ApiToken> Patch) : ICommand<ApiToken>
{
    internal sealed class Handler(IReader<ApiToken, Guid> tokens, IAccounts accounts, TimeProvider time) : ICommandHandler<ChangeToken, ApiToken>
    {
        public async Task<Decision<ApiToken>> Decide(ChangeToken command, CancellationToken ct)
        {
            var before = await tokens.GetAsync(command.Id, ct);
            var after = command.Patch.Apply(before);
            if (before.RevokedAt is not null)
                throw new RefusalException(Problems.StateConflict, "The token was revoked; make a new one.");
            if (!after.Scopes.SequenceEqual(before.Scopes))
                await TokenLimits.RequireAsync(accounts, after.UserName, after.Scopes, ct);
            if (after.ExpiresAt != before.ExpiresAt)
                TokenLimits.RequireEnd(after.ExpiresAt, time.GetUtcNow());
            return Decision.Update(before, after, t => t.RevokedAt);
        }
    }
}

/// <summary>A new token takes the place of one, which ends after a while, so that whoever uses it can change over.</summary>
/// <param name="TokenHash">Of the new one; see <see cref="TokenKey.Hash"/>.</param>
/// <param name="KeyId">See <see cref="TokenKey.Id"/>.</param>
/// <param name="Overlap">For how long both are good.</param>
[Kind("tokens.rotate")]
public sealed record RotateToken(Guid Id, string TokenHash, string KeyId, TimeSpan Overlap) : ICommand<ApiToken>
{
    internal sealed class Handler(IReader<ApiToken, Guid> tokens, TimeProvider time) : ICommandHandler<RotateToken, ApiToken>
    {
        public async Task<Decision<ApiToken>> Decide(RotateToken command, CancellationToken ct)
        {
            var (old, now) = (await tokens.GetAsync(command.Id, ct), time.GetUtcNow());
            if (old.RevokedAt is not null || old.ExpiresAt <= now)
                throw new RefusalException(Problems.StateConflict, "The token was revoked or has expired; make a new one.");
            var end = now + command.Overlap;
            var made = old with
            {
                Id = Guid.CreateVersion7(now),
                TokenHash = command.TokenHash,
                KeyId = command.KeyId,
                ExpiresAt = now + (old.ExpiresAt - old.CreatedAt),
                RotatedFrom = old.Id,
            };
            var changes = new Changes().Create(made);
            if (end < old.ExpiresAt)
                changes.Update(old, old with { ExpiresAt = end }, t => t.RevokedAt);
            return new(changes, c => (ApiToken)c.Stamped(made));
        }
    }
}

/// <summary>What a token cannot be.</summary>
internal static class TokenLimits
{
    /// <exception cref="RefusalException">reference-unknown: there is no such user; invalid-fields: they may do less than a scope permits.</exception>
    public static async Task RequireAsync(IAccounts accounts, string user, IReadOnlyList<string> scopes, CancellationToken ct)
    {
        var errors = new FieldErrors();
        if (await accounts.FindAsync(user, ct) is not { } account)
        {
            errors.Add("user_name", $"there is no user {user}");
            errors.ThrowIfAny(Problems.ReferenceUnknown);
            return;
        }
        if (account.IsDisabled)
            errors.Add("user_name", "is disabled");
        foreach (var (n, scope) in scopes.Index().Where(s => account.Permissions.All(p => !Permission.Covers(p, s.Item))))
            errors.Add(FormattableString.Invariant($"scopes[{n}]"), $"is more than {user} may do, which is {string.Join(", ", account.Permissions)}");
        errors.ThrowIfAny(Problems.InvalidFields);
    }

    /// <exception cref="RefusalException">invalid-fields.</exception>
    public static void RequireEnd(DateTimeOffset end, DateTimeOffset now)
    {
        if (end <= now || end > now + ApiToken.LongestLife)
        {
            throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]>
            {
                ["expires_at"] = [$"is in the future, and within {ApiToken.LongestLife.TotalDays} days"],
            });
        }
    }
}
