using FluentValidation;
using FluentValidation.Results;

namespace OpsDb.Kernel;

/// <summary>The rules that text fields share.</summary>
public static class TextRules
{
    public const int MaxName = 200;

    /// <summary>
    /// A name that people write in files and addresses. Two names that look the same are the same: it is refused rather
    /// than changed when it is not in Unicode's normal form C or has characters that cannot be seen.
    /// </summary>
    public static void IsName<T>(this IRuleBuilder<T, string?> rule) => rule.Custom((name, context) =>
    {
        if (name is not null && NameFault(name) is { } fault)
            context.AddFailure(new ValidationFailure(context.PropertyPath, fault, name));
    });

    /// <summary>Free text; PostgreSQL cannot store the character U+0000.</summary>
    public static IRuleBuilderOptions<T, string?> IsText<T>(this IRuleBuilder<T, string?> rule, int longest) => rule
        .Must(text => text is null || (text.Length <= longest && !text.Contains('\0')))
        .WithMessage($"has at most {longest} characters, none of them U+0000");

    /// <summary>An id that a client makes: it sorts by its time, as those made here do.</summary>
    public static IRuleBuilderOptions<T, Guid?> IsClientId<T>(this IRuleBuilder<T, Guid?> rule) => rule
        .Must(id => id is not { } made || (made.Version == 7 && made.Variant is >= 8 and <= 11))
        .WithMessage("is a UUIDv7 (RFC 9562), not another kind of UUID; one is made when it is absent");

    /// <summary>What is wrong with a name; null when nothing is.</summary>
    public static string? NameFault(string name) => name switch
    {
        { Length: 0 or > MaxName } => $"has 1 to {MaxName} characters",
        _ when name.Trim().Length != name.Length => "has no space at either end",
        _ when UnicodeText.FirstInvisible(name) is { } invisible => $"has the character {invisible}, which cannot be seen or has no meaning that all agree on",
        _ when !UnicodeText.IsNormalized(name) => "is not in Unicode's normal form C (NFC), in which a name that looks the same is the same",
        _ => null,
    };
}
