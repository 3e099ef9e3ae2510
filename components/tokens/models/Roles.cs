using OpsDb.Kernel;

namespace OpsDb.Tokens;

/// <summary>The roles that every installation has, as scopes: what all of them may do, and what the components add.</summary>
public sealed class Roles(IEnumerable<RoleScopes> added)
{
    private static readonly IReadOnlyList<RoleScopes> Basic =
    [
        new("admin", ["*:*"]), new("observer", ["read:*"]), new("viewer", ["read:*"]), new("service", ["read:*"]),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Basic.Select(r => r.Role)];

    public string[] ScopesOf(string role) => [.. Basic.Concat(added).Where(r => r.Role == role).SelectMany(r => r.Scopes).Distinct()];
}
