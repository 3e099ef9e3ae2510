using OpsDb.Kernel;

namespace OpsDb.Tokens;

/// <summary>Makes a token known. Its text stays with whoever made it.</summary>
/// <param name="TokenHash">See <see cref="TokenKey.Hash"/>.</param>
/// <param name="KeyId">See <see cref="TokenKey.Id"/>.</param>
[Kind("tokens.create")]
public sealed record CreateToken(string Name, TokenKind Kind, string UserName, string TokenHash, string[] Scopes, DateTimeOffset ExpiresAt, string KeyId)
    : ICommand<ApiToken>
{
    internal sealed class Handler(TimeProvider time) : ICommandHandler<CreateToken, ApiToken>
    {
        public Task<Decision<ApiToken>> Decide(CreateToken command, CancellationToken ct)
        {
            if (command.ExpiresAt <= time.GetUtcNow())
                throw new RefusalException(Problems.InvalidFields, "expires_at is in the past.");
            return Task.FromResult(Decision.Create(new ApiToken
            {
                Id = Guid.CreateVersion7(time.GetUtcNow()),
                Name = command.Name,
                Kind = command.Kind,
                UserName = command.UserName,
                TokenHash = command.TokenHash,
                KeyId = command.KeyId,
                Scopes = command.Scopes,
                ExpiresAt = command.ExpiresAt,
            }));
        }
    }
}
