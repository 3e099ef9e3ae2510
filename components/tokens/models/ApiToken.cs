using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Tokens;

/// <summary>Whom a token is for; part of its text.</summary>
public enum TokenKind
{
    /// <summary>A person.</summary>
    Pat,

    /// <summary>A service.</summary>
    Svc,

    /// <summary>A site, speaking to another one.</summary>
    Site,
}

/// <summary>What OpsDb keeps of a token: never the token itself.</summary>
public sealed record ApiToken : Row<Guid>, IRow<ApiToken>
{
    public static Table<ApiToken> Table { get; } = new("api_token") { Audited = true };

    public required string Name { get; init; }
    public TokenKind Kind { get; init; }

    /// <summary>Whose name its changes bear.</summary>
    public required string UserName { get; init; }

    /// <summary>HMAC-SHA256 under the installation's key, hexadecimal.</summary>
    [Private]
    public required string TokenHash { get; init; }

    /// <summary>Which key that was: <see cref="TokenKey.Id"/>; null where it was not yet noted.</summary>
    [Private]
    public string? KeyId { get; init; }

    /// <summary>Permissions <c>action:resource</c>, with * for any.</summary>
    public required string[] Scopes { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
}

internal sealed class ApiTokenRules : AbstractValidator<ApiToken>
{
    public ApiTokenRules()
    {
        RuleFor(t => t.Name).IsName();
        RuleFor(t => t.UserName).Matches(@"^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}\z").WithMessage("is 1 to 100 of letters, digits and . _ @ -");
        RuleFor(t => t.Scopes).NotEmpty().WithMessage("names at least one permission");
        RuleForEach(t => t.Scopes).Matches(@"^(\*|[a-z_]+):(\*|[a-z_]+)\z").WithMessage("is action:resource, with * for any");
    }
}
