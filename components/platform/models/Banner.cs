using FluentValidation;

namespace OpsDb.Platform;

/// <summary>How a banner is meant.</summary>
public enum BannerLevel
{
    /// <summary>Good to know.</summary>
    Info,

    /// <summary>Something does not work as it does otherwise.</summary>
    Warning,

    /// <summary>Something has to be done now.</summary>
    Alarm,
}

/// <summary>A sentence that surfaces show to everybody.</summary>
/// <param name="Text">Plain text, no markup; 1 to 500 characters.<example>The archive is read-only on Thursday.</example></param>
/// <param name="Level">How it is meant.</param>
public sealed record Banner(string Text, BannerLevel Level) : ISettingFields
{
    public static SettingName Setting => SettingName.Banner;

    /// <summary>From when on it is shown, UTC; null for at once.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Until when it is shown, UTC; null for as long as it is set.</summary>
    public DateTimeOffset? Until { get; init; }
}

internal sealed class BannerRules : AbstractValidator<Banner>
{
    public BannerRules()
    {
        RuleFor(b => b.Text).IsSentence();
        RuleFor(b => b.Level).IsInEnum();
        RuleFor(b => b.Until).GreaterThan(b => b.From).When(b => b.From is not null).WithMessage("is later than from");
    }
}

internal static class SentenceRule
{
    private const int Longest = 500;

    /// <summary>What people are shown as it is, which therefore says something.</summary>
    public static void IsSentence<T>(this IRuleBuilder<T, string?> rule) => rule
        .Must(text => text is { Length: <= Longest } && !string.IsNullOrWhiteSpace(text) && !text.Contains('\0'))
        .WithMessage($"has 1 to {Longest} characters that are not only blanks, none of them U+0000");
}
