using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>Who a user is elsewhere: an account of an identity provider by which the user is recognised.</summary>
public sealed record UserIdentity : Row<int>, IRow<UserIdentity>
{
    public static Table<UserIdentity> Table { get; } = new("user_identity")
    {
        Audited = true,
        Noun = "identity of a user",
        Resource = "user-identities",
        Deletable = true,
        Filters =
        [
            Field.OneOf((UserIdentity i) => i.AppUserId, "of these users"),
            Field.OneOf((UserIdentity i) => i.Issuer, "of these providers"),
            Field.OneOf((UserIdentity i) => i.Subject, "with one of these names at the provider"),
        ],
        Sorts = [Field.Sort((UserIdentity i) => i.AppUserId)],
        Facts = [Field.Fact((UserIdentity i) => i.LastSyncedAt), Field.Fact((UserIdentity i) => i.DisabledBySyncAt)],
        References = [Field.Refers<UserIdentity, User, int>(i => i.AppUserId)],
    };

    /// <summary>The user.</summary>
    /// <example>3</example>
    public required int AppUserId { get; init; }

    /// <summary>The provider: its issuer, an https address as its tokens have it, or <c>github</c>.</summary>
    /// <example>https://login.example.org/realms/observatory</example>
    public required string Issuer { get; init; }

    /// <summary>What the provider calls the user, for ever; once for each provider.</summary>
    /// <example>5b0f3a52-2b0a-4c46-9a0e-3a3c5a0d7f10</example>
    public required string Subject { get; init; }

    /// <summary>When the provider was last asked about the user, UTC; null where it never was.</summary>
    public DateTimeOffset? LastSyncedAt { get; init; }

    /// <summary>Since when the user is disabled because the provider has the account no more, UTC; null where that is not why.</summary>
    public DateTimeOffset? DisabledBySyncAt { get; init; }
}

internal sealed class UserIdentityRules : AbstractValidator<UserIdentity>
{
    public UserIdentityRules()
    {
        RuleFor(i => i.Issuer).Must(IsIssuer)
            .WithMessage("is github, or the address of an identity provider without query and fragment, of at most 500 characters");
        RuleFor(i => i.Subject).NotEmpty().IsText(255);
    }

    private static bool IsIssuer(string issuer) => issuer == "github" || issuer.Length <= 500
        && Uri.TryCreate(issuer, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" && address is { Query: "", Fragment: "" };
}
