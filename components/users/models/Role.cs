using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>What some users may do, under a name. The roles that every installation has are among them.</summary>
public sealed record Role : Row<int>, IRow<Role>
{
    public static Table<Role> Table { get; } = new("role")
    {
        Audited = true,
        Deletable = true,
        Filters = [Field.OneOf((Role r) => r.Name, "with one of these names"), Field.OneOf((Role r) => r.IsBuiltIn, "that every installation has, or not")],
        Sorts = [Field.Sort((Role r) => r.Name)],
        Patchable = ["permissions", "description"],
    };

    /// <summary>Unique.</summary>
    /// <example>archivist</example>
    public required string Name { get; init; }

    /// <summary>Permissions <c>action:resource</c>, with * for any; of a role that every installation has none, because the program knows them.</summary>
    /// <example>["read:*", "write:copies"]</example>
    public required string[] Permissions { get; init; }

    /// <summary>In words.</summary>
    public string? Description { get; init; }

    /// <summary>Every installation has it.</summary>
    public bool IsBuiltIn { get; init; }
}

internal sealed class RoleRules : AbstractValidator<Role>
{
    private const int MostPermissions = 200;

    public RoleRules()
    {
        RuleFor(r => r.Name).IsName();
        RuleFor(r => r.Permissions).Empty().When(r => r.IsBuiltIn).WithMessage("is fixed of a role that every installation has");
        RuleFor(r => r.Permissions).Must(p => p.Length is > 0 and <= MostPermissions).When(r => !r.IsBuiltIn)
            .WithMessage($"names 1 to {MostPermissions} permissions");
        RuleForEach(r => r.Permissions).IsPermission();
        RuleFor(r => r.Description).IsText(10_000);
    }
}
