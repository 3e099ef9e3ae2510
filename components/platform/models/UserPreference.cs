using System.Runtime.InteropServices;
using System.Text.Json;
using FluentValidation;
using OpsDb.Kernel;

namespace OpsDb.Platform;

/// <summary>What a user has chosen in a program with a surface. Nobody else reads or changes it.</summary>
public sealed record UserPreference : Row<Guid>, IRow<UserPreference>
{
    /// <summary>That a user may have.</summary>
    public const int MaxOfUser = 100;

    /// <summary>Of a value.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>What a name is, as a refusal says it behind the field.</summary>
    public const string NameForm = "has 1 to 100 letters, digits, dots, underscores and hyphens";

    // Any one will do that stays the same.
    private static readonly Guid Space = new("01ad2a3e-1c00-7000-8000-000000000001");

    private static readonly Filter<UserPreference> OfUser = Field.OneOf((UserPreference p) => p.UserName, "");

    public static Table<UserPreference> Table { get; } = new("user_preference")
    {
        Noun = "preference",
        Sorts = [Field.Sort((UserPreference p) => p.Name)],
        DefaultSort = "name",
    };

    /// <summary>Whose it is: the user of the token.</summary>
    /// <example>observer</example>
    public required string UserName { get; init; }

    /// <summary>What it is about, as the program that keeps it says.</summary>
    /// <example>executions.columns</example>
    public required string Name { get; init; }

    /// <summary>Any JSON but null, of at most 16 KiB. A number with an exponent counts as many bytes as it may have without.</summary>
    public required JsonElement Value { get; init; }

    public static Guid IdOf(string user, string name) => DerivedId.Of(Space, $"{user}/{name}");

    /// <summary>All that a user has, by name.</summary>
    public static ListQuery<UserPreference> Of(string user) => ListQuery<UserPreference>.Everything.That(OfUser, user);

    /// <summary>Whether it can be the name of one.</summary>
    public static bool IsName(string name) => name.Length is >= 1 and <= 100 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}

internal sealed class UserPreferenceRules : AbstractValidator<UserPreference>
{
    /// <summary>The database writes numbers without exponents: of a double that is at most as long.</summary>
    private const int MaxNumber = 350;

    public UserPreferenceRules()
    {
        RuleFor(p => p.Name).Must(UserPreference.IsName).WithMessage(UserPreference.NameForm);
        RuleFor(p => p.Value).Must(v => JsonMarshal.GetRawUtf8Value(v).Length + Exponents(v) * MaxNumber <= UserPreference.MaxBytes)
            .WithMessage($"has at most {UserPreference.MaxBytes} bytes of JSON, a number with an exponent counted as {MaxNumber}");
    }

    private static int Exponents(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Sum(m => Exponents(m.Value)),
        JsonValueKind.Array => value.EnumerateArray().Sum(Exponents),
        JsonValueKind.Number => JsonMarshal.GetRawUtf8Value(value).ContainsAny((byte)'e', (byte)'E') ? 1 : 0,
        _ => 0,
    };
}
