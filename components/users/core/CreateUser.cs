using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>A user is made known. What they may do roles say.</summary>
/// <param name="Name">Unique: 1 to 100 of letters, digits and . _ @ -; it never changes.</param>
public sealed record CreateUser(string Name, UserKind Kind) : ICreate<User>
{
    /// <summary>What people call the user.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Where mail reaches the user.</summary>
    public string? Email { get; init; }
}

/// <summary>A role is made of permissions.</summary>
/// <param name="Permissions">1 to 200 <c>action:resource</c>, with * for any.</param>
public sealed record CreateRole(string Name, string[] Permissions) : ICreate<Role>
{
    public string? Description { get; init; }
}

/// <summary>A user gets a role.</summary>
public sealed record CreateUserRole(int AppUserId, int RoleId) : ICreate<UserRole>;

/// <summary>A group is made.</summary>
public sealed record CreateUserGroup(string Name) : ICreate<UserGroup>
{
    public string? Description { get; init; }
}

/// <summary>A user joins a group.</summary>
public sealed record CreateGroupMember(int UserGroupId, int AppUserId) : ICreate<GroupMember>;

/// <summary>An account of an identity provider is linked to a user, who can be recognised by it from now on.</summary>
public sealed record CreateUserIdentity(int AppUserId, string Issuer, string Subject) : ICreate<UserIdentity>;
