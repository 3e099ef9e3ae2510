using OpsDb.Kernel;

namespace OpsDb.Sessions;

/// <summary>The passphrase of a user is set, and ends all sessions of theirs that were begun with another.</summary>
/// <param name="UserId">Whose.</param>
/// <param name="Hash">See <see cref="PassphraseHash"/>.</param>
/// <param name="Keeps">The session that goes on, because its user sets the passphrase.</param>
[Kind("credentials.set_passphrase", PassesGates = true)]
public sealed record SetPassphrase(int UserId, string UserName, string Hash, Guid? Keeps) : ICommand<LocalCredential>
{
    internal sealed class Handler(IReader<LocalCredential, int> credentials, IReader<UserSession, Guid> sessions, TimeProvider time)
        : ICommandHandler<SetPassphrase, LocalCredential>
    {
        public async Task<Decision<LocalCredential>> Decide(SetPassphrase command, CancellationToken ct)
        {
            var now = time.GetUtcNow();
            var before = await credentials.FindAsync(command.UserId, ct);
            var after = before is null
                ? new LocalCredential { Id = command.UserId, PassphraseHash = command.Hash, ChangedAt = now }
                : before with { PassphraseHash = command.Hash, ChangedAt = now };
            var changes = before is null ? new Changes().Create(after) : new Changes().Update(before, after);
            var open = ListQuery<UserSession>.Everything.Where("user_name", command.UserName).Where("ended", false);
            foreach (var session in (await sessions.ListAsync(open, ct)).Items.Where(s => s.Id != command.Keeps && s.ExpiresAt > now))
                changes.Update(session, session with { EndedAt = now, EndedReason = SessionEnd.PassphraseChanged });
            return new(changes, c => (LocalCredential)c.Stamped(after));
        }
    }
}

/// <summary>Codes are to be asked for, once the user has shown one; a secret that was not confirmed gives way to the new one.</summary>
[Kind("credentials.begin_totp")]
public sealed record BeginTotp(int UserId, Sealed Secret) : ICommand<LocalCredential>
{
    internal sealed class Handler(IReader<LocalCredential, int> credentials) : ICommandHandler<BeginTotp, LocalCredential>
    {
        public async Task<Decision<LocalCredential>> Decide(BeginTotp command, CancellationToken ct)
        {
            var before = await credentials.GetAsync(command.UserId, ct);
            if (before.TotpConfirmedAt is not null)
                throw new RefusalException(Problems.StateConflict, "The user has codes already; take them away first.");
            return Decision.Update(before, before with { TotpSecret = command.Secret }, c => c.TotpConfirmedAt);
        }
    }
}

/// <summary>The user has shown a code: from now on codes are asked for.</summary>
[Kind("credentials.confirm_totp")]
public sealed record ConfirmTotp(int UserId) : ICommand<LocalCredential>
{
    internal sealed class Handler(IReader<LocalCredential, int> credentials, TimeProvider time) : ICommandHandler<ConfirmTotp, LocalCredential>
    {
        public async Task<Decision<LocalCredential>> Decide(ConfirmTotp command, CancellationToken ct)
        {
            var before = await credentials.GetAsync(command.UserId, ct);
            return Decision.Update(before, before with { TotpConfirmedAt = before.TotpConfirmedAt ?? time.GetUtcNow() }, c => c.TotpSecret);
        }
    }
}

/// <summary>No codes are asked for any more.</summary>
[Kind("credentials.remove_totp")]
public sealed record RemoveTotp(int UserId) : ICommand<LocalCredential>
{
    internal sealed class Handler(IReader<LocalCredential, int> credentials) : ICommandHandler<RemoveTotp, LocalCredential>
    {
        public async Task<Decision<LocalCredential>> Decide(RemoveTotp command, CancellationToken ct)
        {
            var before = await credentials.GetAsync(command.UserId, ct);
            return Decision.Update(before, before with { TotpSecret = null, TotpConfirmedAt = null });
        }
    }
}

/// <summary>The same passphrase and secret are kept in the present way.</summary>
[Kind("credentials.renew", PassesGates = true)]
public sealed record RenewCredential(LocalCredential Renewed) : ICommand<LocalCredential>
{
    internal sealed class Handler(IReader<LocalCredential, int> credentials) : ICommandHandler<RenewCredential, LocalCredential>
    {
        // What was set meanwhile stays.
        public async Task<Decision<LocalCredential>> Decide(RenewCredential command, CancellationToken ct)
        {
            var before = await credentials.GetAsync(command.Renewed.Id, ct);
            var after = before.Version != command.Renewed.Version ? before
                : before with { PassphraseHash = command.Renewed.PassphraseHash, TotpSecret = command.Renewed.TotpSecret };
            return Decision.Update(before, after, c => c.ChangedAt);
        }
    }
}
