using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>What became of one user.</summary>
internal enum SyncOutcome { Created, Changed, Disabled, Enabled, Unchanged }

/// <summary>A user is made what the provider says of their account.</summary>
/// <param name="Listed">Null when the provider has the account no more.</param>
[Kind("users.mirror")]
internal sealed record MirrorUser(int Identity, ProviderUser? Listed) : ICommand<Mirrored>
{
    /// <summary>By which it knows whom it has disabled itself.</summary>
    private const string Reason = "the identity provider has no such account any more, or has disabled it";

    internal sealed class Handler(IReader<User, int> users, IReader<UserIdentity, int> identities, TimeProvider time) : ICommandHandler<MirrorUser, Mirrored>
    {
        public async Task<Decision<Mirrored>> Decide(MirrorUser command, CancellationToken ct)
        {
            var identity = await identities.GetAsync(command.Identity, ct);
            var user = await users.GetAsync(identity.AppUserId, ct);
            var (now, listed) = (time.GetUtcNow(), command.Listed);
            var isListed = listed is { IsEnabled: true };
            var isOurs = identity.DisabledBySyncAt is not null && user.DisabledReason == Reason;
            var after = user with { DisplayName = listed?.DisplayName ?? user.DisplayName, Email = listed?.Email ?? user.Email };
            if (!isListed && user.DisabledAt is null)
                after = after with { DisabledAt = now, DisabledReason = Reason };
            else if (isListed && user.DisabledAt is not null && isOurs)
                after = after with { DisabledAt = null, DisabledReason = null };
            var outcome = after == user ? SyncOutcome.Unchanged
                : user.DisabledAt is null && after.DisabledAt is not null ? SyncOutcome.Disabled
                : user.DisabledAt is not null && after.DisabledAt is null ? SyncOutcome.Enabled
                : SyncOutcome.Changed;
            var changes = new Changes();
            if (outcome != SyncOutcome.Unchanged)
            {
                changes.Update(user, after, u => u.DisabledAt).Update(identity, identity with
                {
                    LastSyncedAt = now,
                    DisabledBySyncAt = outcome == SyncOutcome.Disabled ? now : isListed ? null : identity.DisabledBySyncAt,
                });
            }
            return new(changes, _ => new(outcome));
        }
    }
}

/// <summary>What became of a user.</summary>
internal sealed record Mirrored(SyncOutcome Outcome);
