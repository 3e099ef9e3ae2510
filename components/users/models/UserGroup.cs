using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>Users who belong to programmes together.</summary>
public sealed record UserGroup : Row<int>, IRow<UserGroup>
{
    public static Table<UserGroup> Table { get; } = new("user_group")
    {
        Audited = true,
        Noun = "group",
        Resource = "groups",
        Deletable = true,
        Filters = [Field.OneOf((UserGroup g) => g.Name, "with one of these names")],
        Sorts = [Field.Sort((UserGroup g) => g.Name)],
        Patchable = ["description"],
    };

    /// <summary>Unique.</summary>
    /// <example>star formation team</example>
    public required string Name { get; init; }

    /// <summary>In words.</summary>
    public string? Description { get; init; }
}

internal sealed class UserGroupRules : AbstractValidator<UserGroup>
{
    public UserGroupRules()
    {
        RuleFor(g => g.Name).IsName();
        RuleFor(g => g.Description).IsText(10_000);
    }
}

/// <summary>A user who is in a group.</summary>
public sealed record GroupMember : Row<int>, IRow<GroupMember>
{
    public static Table<GroupMember> Table { get; } = new("group_member")
    {
        Audited = true,
        Deletable = true,
        Filters = [Field.OneOf((GroupMember m) => m.UserGroupId, "of these groups"), Field.OneOf((GroupMember m) => m.AppUserId, "who are these users")],
        Sorts = [Field.Sort((GroupMember m) => m.UserGroupId)],
        References = [Field.Refers<GroupMember, UserGroup, int>(m => m.UserGroupId), Field.Refers<GroupMember, User, int>(m => m.AppUserId)],
    };

    /// <summary>The group.</summary>
    /// <example>1</example>
    public required int UserGroupId { get; init; }

    /// <summary>The user; once in each group.</summary>
    /// <example>3</example>
    public required int AppUserId { get; init; }
}
