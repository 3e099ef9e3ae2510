using OpsDb.Kernel;

namespace OpsDb.Tokens;

/// <summary>
/// Ends a token for good. It is refused as soon as a process notices: after replication, and after what <see
/// cref="TokenOptions.CacheTime"/> says.
/// </summary>
[Kind("tokens.revoke")]
public sealed record RevokeToken(Guid Id) : ICommand<ApiToken>
{
    internal sealed class Handler(IApiTokens tokens, TimeProvider time) : ICommandHandler<RevokeToken, ApiToken>
    {
        public async Task<Decision<ApiToken>> Decide(RevokeToken command, CancellationToken ct)
        {
            var token = (await tokens.ListAsync(ct)).FirstOrDefault(t => t.Id == command.Id)
                ?? throw new RefusalException(Problems.NotFound, $"There is no token {command.Id}.");
            return Decision.Update(token, token with { RevokedAt = token.RevokedAt ?? time.GetUtcNow() });
        }
    }
}
