using System.Text.RegularExpressions;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>What a user is.</summary>
public enum UserKind
{
    /// <summary>Somebody.</summary>
    Person,

    /// <summary>A program, such as an instrument's script.</summary>
    Service,
}

/// <summary>Somebody, or a program, that works with OpsDb. Never deleted: rows bear its name.</summary>
public sealed record User : Row<int>, IRow<User>
{
    /// <summary>The name of what OpsDb does of itself.</summary>
    public const string System = "system";

    public static Table<User> Table { get; } = new("app_user")
    {
        Audited = true,
        Noun = "user",
        Resource = "users",
        Filters =
        [
            Field.OneOf((User u) => u.Name, "with one of these names"),
            Field.Prefix("name_prefix", (User u) => u.Name, "whose name begins with this"),
            Field.OneOf((User u) => u.Kind, "of this kind"),
            Field.IsSet("disabled", (User u) => u.DisabledAt, "who are disabled or not"),
        ],
        Sorts = [Field.Sort((User u) => u.Name)],
        Facts = [Field.Fact((User u) => u.DisabledAt)],
        Patchable = ["display_name", "email"],
    };

    /// <summary>Unique; what tokens and rows call the user. It never changes.</summary>
    /// <example>observer</example>
    public required string Name { get; init; }

    /// <summary>What the user is.</summary>
    /// <example>person</example>
    public required UserKind Kind { get; init; }

    /// <summary>What people call the user.</summary>
    /// <example>Night observer</example>
    public string? DisplayName { get; init; }

    /// <summary>Where mail reaches the user.</summary>
    /// <example>observer@example.org</example>
    public string? Email { get; init; }

    /// <summary>Since when the user may do nothing, UTC; null while there is no such thing.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Why.</summary>
    /// <example>left the observatory</example>
    public string? DisabledReason { get; init; }
}

internal sealed class UserRules : AbstractValidator<User>
{
    public UserRules()
    {
        RuleFor(u => u.Name).IsUserName();
        RuleFor(u => u.Name).NotEqual(User.System).WithMessage("is the name of what OpsDb does of itself");
        RuleFor(u => u.Kind).IsInEnum();
        RuleFor(u => u.DisplayName).IsName();
        RuleFor(u => u.Email).Matches(@"^[^@\s]{1,64}@[^@\s]{1,189}\z").WithMessage("is an address like observer@example.org");
        RuleFor(u => u.DisabledReason).IsText(2000);
    }
}

/// <summary>What names of users and permissions are.</summary>
public static partial class AccessRules
{
    public static IRuleBuilderOptions<T, string> IsUserName<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(IsUserName).WithMessage("is 1 to 100 of letters, digits and . _ @ -");

    public static bool IsUserName(string? name) => name is not null && UserName().IsMatch(name);

    public static IRuleBuilderOptions<T, string> IsPermission<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(Permission.IsOne).WithMessage("is action:resource, with * for any");

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}\z", RegexOptions.CultureInvariant)]
    private static partial Regex UserName();
}
