using System.Net;
using FluentValidation;
using OpsDb.Kernel;
using OpsDb.Users;

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
    public static Table<ApiToken> Table { get; } = new("api_token")
    {
        Audited = true,
        Noun = "API token",
        Resource = "tokens",
        Filters =
        [
            Field.OneOf((ApiToken t) => t.Name, "with one of these names"),
            Field.OneOf((ApiToken t) => t.UserName, "of these users"),
            Field.OneOf((ApiToken t) => t.Kind, "of this kind"),
            Field.IsSet("revoked", (ApiToken t) => t.RevokedAt, "that were revoked or not"),
            Field.Before("expires_before", (ApiToken t) => t.ExpiresAt, "that expire before"),
        ],
        Sorts = [Field.Sort((ApiToken t) => t.Name), Field.Sort((ApiToken t) => t.UserName), Field.Sort((ApiToken t) => t.ExpiresAt)],
        Patchable = ["name", "scopes", "expires_at", "allowed_networks"],
    };

    /// <summary>The furthest end of a token, from now.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(3650);

    /// <summary>What it is for.</summary>
    /// <example>night script</example>
    public required string Name { get; init; }

    /// <summary>Whom it is for.</summary>
    /// <example>svc</example>
    public TokenKind Kind { get; init; }

    /// <summary>The user whose name its changes bear, and who may do at least what it permits.</summary>
    /// <example>observer</example>
    public required string UserName { get; init; }

    /// <summary>HMAC-SHA256 under the installation's key, hexadecimal.</summary>
    [Private]
    public required string TokenHash { get; init; }

    /// <summary>Which key that was: <see cref="TokenKey.Id"/>; null where it was not yet noted.</summary>
    [Private]
    public string? KeyId { get; init; }

    /// <summary>Permissions <c>action:resource</c>, with * for any. It permits no more than its user may do.</summary>
    /// <example>["read:*", "write:executions"]</example>
    public required string[] Scopes { get; init; }

    /// <summary>Until when it is good, UTC.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Since when it is not any more, UTC; null while nobody has revoked it.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>CIDR blocks from which it is accepted; null for anywhere.</summary>
    /// <example>["192.0.2.0/24"]</example>
    public string[]? AllowedNetworks { get; init; }

    /// <summary>The token in whose place it came; null when there was none.</summary>
    public Guid? RotatedFrom { get; init; }
}

internal sealed class ApiTokenRules : AbstractValidator<ApiToken>
{
    private const int Most = 200;

    public ApiTokenRules()
    {
        RuleFor(t => t.Name).IsName();
        RuleFor(t => t.UserName).IsUserName();
        RuleFor(t => t.Kind).IsInEnum();
        RuleFor(t => t.Scopes).Must(s => s.Length is > 0 and <= Most).WithMessage($"names 1 to {Most} permissions");
        RuleForEach(t => t.Scopes).IsPermission();
        RuleFor(t => t.AllowedNetworks).Must(n => n is null or { Length: > 0 and <= Most }).WithMessage($"names 1 to {Most} blocks of addresses");
        RuleForEach(t => t.AllowedNetworks).Must(n => IPNetwork.TryParse(n, out _)).WithMessage("is a block of addresses like 192.0.2.0/24");
    }
}
