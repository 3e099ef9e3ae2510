using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>A role that a user has. What a user may do is what any of these roles permits.</summary>
public sealed record UserRole : Row<int>, IRow<UserRole>
{
    public static Table<UserRole> Table { get; } = new("user_role")
    {
        Audited = true,
        Noun = "role of a user",
        Deletable = true,
        Filters =
        [
            Field.OneOf((UserRole r) => r.AppUserId, "of these users"),
            Field.OneOf((UserRole r) => r.RoleId, "these roles"),
            Field.IsSet("mapped", (UserRole r) => r.GivenBy, "that an identity provider gave or not"),
        ],
        Sorts = [Field.Sort((UserRole r) => r.AppUserId)],
        References = [Field.Refers<UserRole, User, int>(r => r.AppUserId), Field.Refers<UserRole, Role, int>(r => r.RoleId)],
    };

    /// <summary>The user.</summary>
    /// <example>3</example>
    public required int AppUserId { get; init; }

    /// <summary>The role; once for each user.</summary>
    /// <example>2</example>
    public required int RoleId { get; init; }

    /// <summary>The issuer whose account of the user brought the role, and takes it away again; null where somebody gave it here.</summary>
    public string? GivenBy { get; init; }
}
