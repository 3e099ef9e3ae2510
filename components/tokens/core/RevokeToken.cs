using OpsDb.Kernel;

namespace OpsDb.Tokens;

/// <summary>
/// Ends a token for good, at the site where it is said at once, also while that is cut off: each process notices after what <see
/// cref="TokenOptions.CacheTime"/> says, other sites after replication. Must never be lost.
/// </summary>
[Critical("tokens.revoke", PassesGates = true)]
public sealed record RevokeToken(Guid Id) : ICommand<ApiToken>
{
    internal sealed class Handler(IReader<ApiToken, Guid> tokens, TimeProvider time) : ICommandHandler<RevokeToken, ApiToken>
    {
        public async Task<Decision<ApiToken>> Decide(RevokeToken command, CancellationToken ct)
        {
            var token = await tokens.GetAsync(command.Id, ct);
            return Decision.Update(token, token with { RevokedAt = token.RevokedAt ?? time.GetUtcNow() });
        }
    }
}
