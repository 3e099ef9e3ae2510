using FluentValidation;

namespace OpsDb.Platform;

/// <summary>Addresses of the surface that have moved.</summary>
/// <param name="Items">At most 100, each from another address.</param>
public sealed record Redirects(IReadOnlyList<Redirect> Items) : ISettingFields
{
    public static SettingName Setting => SettingName.Redirects;
}

/// <summary>An address that has moved.</summary>
/// <param name="From">A path of the surface, without parameters.<example>/wiki</example></param>
/// <param name="To">
/// Where it leads: a path of the surface that leads nowhere else, or an address with https.<example>https://wiki.example.org/operations</example>
/// </param>
public sealed record Redirect(string From, string To)
{
    private const int MaxPath = 500, MaxAddress = 2000;
    private const string Special = "-._~!$&'()*+,;=:@%/";

    /// <summary>What a path is, as a refusal says it behind the field.</summary>
    public const string PathForm = "is a path like /plans/today: 1 to 500 characters, no part of it empty, . or .., and no blanks or backslashes";

    /// <summary>What a destination is, as a refusal says it behind the field.</summary>
    public const string AddressForm = "is a path like /plans/today, or an address like https://example.org/plans without a user: up to 2000 characters";

    /// <summary>
    /// Whether a browser that is sent there stays at the site. One takes <c>//host</c> and <c>/\host</c> for another site, and passes over
    /// tabs and line ends.
    /// </summary>
    public static bool IsPath(string text) => text.Length <= MaxPath && text.StartsWith('/')
        && text.All(c => char.IsAsciiLetterOrDigit(c) || Special.Contains(c, StringComparison.Ordinal))
        && (text.Length == 1 || !text[1..].Split('/').Any(p => p is "" or "." or ".."));

    /// <summary>The path that it leads to; null when it leads to another site.</summary>
    internal static string? PathOf(string to) => to.StartsWith('/') ? to.Split('?', '#')[0] : null;

    internal static bool IsDestination(string to) => to.Length <= MaxAddress && (PathOf(to) is { } path
        ? IsPath(path) && to[path.Length..].All(IsOfQuery)
        : to.All(IsOfQuery) && to.StartsWith("https://", StringComparison.Ordinal)
            && Uri.TryCreate(to, UriKind.Absolute, out var address) && address is { Scheme: "https", UserInfo: "", Host.Length: > 0 });

    private static bool IsOfQuery(char c) => c is > ' ' and <= '~' and not ('\\' or '"' or '<' or '>');
}

internal sealed class RedirectsRules : AbstractValidator<Redirects>
{
    private const int MaxItems = 100;

    public RedirectsRules()
    {
        RuleFor(r => r.Items).Must(i => i.Count <= MaxItems).WithMessage($"has at most {MaxItems}");
        RuleForEach(r => r.Items).ChildRules(redirect =>
        {
            redirect.RuleFor(r => r.From).Must(Redirect.IsPath).WithMessage(Redirect.PathForm);
            redirect.RuleFor(r => r.To).Must(Redirect.IsDestination).WithMessage(Redirect.AddressForm);
        }).When(r => r.Items.Count <= MaxItems);
        RuleFor(r => r.Items).Must(i => i.DistinctBy(r => r.From).Count() == i.Count).WithMessage("has each from once");
        RuleFor(r => r.Items).Must(i => !i.Select(r => Redirect.PathOf(r.To)).Intersect(i.Select(r => r.From)).Any())
            .WithMessage("leads to no address that is itself a from: say where the second one leads");
    }
}
