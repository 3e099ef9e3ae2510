using FluentValidation;

namespace OpsDb.Kernel;

/// <summary>The rules that text fields share.</summary>
public static class TextRules
{
    public const int LongestName = 200;

    /// <summary>A name that people write in files and addresses.</summary>
    public static IRuleBuilderOptions<T, string> IsName<T>(this IRuleBuilder<T, string> rule) => rule
        .Must(name => name.Length is > 0 and <= LongestName && name.Trim().Length == name.Length && !name.Any(char.IsControl))
        .WithMessage($"has 1 to {LongestName} characters, no space at either end and no control characters");

    /// <summary>Free text; PostgreSQL cannot store the character U+0000.</summary>
    public static IRuleBuilderOptions<T, string?> IsText<T>(this IRuleBuilder<T, string?> rule, int longest) => rule
        .Must(text => text is null || (text.Length <= longest && !text.Contains('\0')))
        .WithMessage($"has at most {longest} characters, none of them U+0000");
}
