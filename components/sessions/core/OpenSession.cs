using OpsDb.Kernel;

namespace OpsDb.Sessions;

/// <summary>
/// Somebody has shown who they are, and a session begins: at a cut-off site as well, where it holds at once. Must never be lost. A session
/// that the same browser had ends with it, so that nobody can foist one on a browser before its user signs in.
/// </summary>
/// <param name="SecretHash">See <see cref="SessionSecret"/>.</param>
/// <param name="Replaces">The session that the browser had.</param>
[Critical("sessions.sign_in", PassesGates = true)]
public sealed record OpenSession(Guid Id, string UserName, string SecretHash, SignInMethod Method, string? Address, string? UserAgent, TimeSpan Lifetime,
    Guid? Replaces) : ICommand<UserSession>
{
    internal sealed class Handler(IReader<UserSession, Guid> sessions, TimeProvider time) : ICommandHandler<OpenSession, UserSession>
    {
        public async Task<Decision<UserSession>> Decide(OpenSession command, CancellationToken ct)
        {
            var now = time.GetUtcNow();
            var opened = new UserSession
            {
                Id = command.Id,
                UserName = command.UserName,
                SecretHash = command.SecretHash,
                Method = command.Method,
                Address = command.Address,
                UserAgent = command.UserAgent,
                SignedInAt = now,
                ExpiresAt = now + command.Lifetime,
            };
            var changes = new Changes().Create(opened);
            if (command.Replaces is { } replaced && await sessions.FindAsync(replaced, ct) is { EndedAt: null } old)
                changes.Update(old, old with { EndedAt = now, EndedReason = SessionEnd.Replaced });
            return new(changes, c => (UserSession)c.Stamped(opened));
        }
    }
}

/// <summary>A session is over, at the site where it is said at once, also while that is cut off. Must never be lost.</summary>
public sealed record EndSession(Guid Id, SessionEnd Reason) : ICommand<UserSession>, IMarked
{
    private static readonly CriticalAttribute SignOut = new("sessions.sign_out") { PassesGates = true }, Revoke = new("sessions.revoke") { PassesGates = true };

    KindAttribute IMarked.Mark => Reason == SessionEnd.SignedOut ? SignOut : Revoke;

    internal sealed class Handler(IReader<UserSession, Guid> sessions, TimeProvider time) : ICommandHandler<EndSession, UserSession>
    {
        public async Task<Decision<UserSession>> Decide(EndSession command, CancellationToken ct)
        {
            var session = await sessions.GetAsync(command.Id, ct);
            return Decision.Update(session, session.EndedAt is null ? session with { EndedAt = time.GetUtcNow(), EndedReason = command.Reason } : session);
        }
    }
}
