using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>The roles that every installation has, as permissions: what all of them may do, and what the components add.</summary>
public sealed class BuiltInRoles(IEnumerable<RoleScopes> added)
{
    private static readonly IReadOnlyList<RoleScopes> Basic =
    [
        new("admin", ["*:*"]), new("observer", ["read:*", Principal.AllPrograms]), new("viewer", ["read:*"]), new("service", ["read:*", Principal.AllPrograms]),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Basic.Select(r => r.Role)];

    /// <summary>None of another role.</summary>
    public string[] PermissionsOf(string role) => [.. Basic.Concat(added).Where(r => r.Role == role).SelectMany(r => r.Scopes).Distinct()];
}
