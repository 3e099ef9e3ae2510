using System.Globalization;

namespace OpsDb.Kernel;

/// <summary>One setting of the reference table.</summary>
public sealed record Setting(string Name, string Type, string Default, string Description);

/// <summary>
/// Reads settings by name, and remembers each of them and every mistake, so that all mistakes are reported at once and
/// the reference table cannot differ from what is read. A secret has no default.
/// </summary>
/// <param name="lookup">The value of a name; null or empty when it is not set.</param>
public sealed class Settings(Func<string, string?> lookup)
{
    private static readonly HashSet<string> WeakPasswords = new(StringComparer.OrdinalIgnoreCase)
    {
        "123456", "12345678", "admin", "change-me", "changeit", "changeme", "default", "example", "foobared", "guest", "letmein", "opsdb", "opsdb_password",
        "password", "placeholder", "postgres", "redis", "root", "secret", "test", "user",
    };

    private readonly List<Setting> known = [];
    private readonly List<string> mistakes = [];
    private readonly List<string> warnings = [];

    public IReadOnlyList<Setting> Known => known;

    public IReadOnlyList<string> Mistakes => mistakes;

    /// <summary>What works, and is not as it should be.</summary>
    public IReadOnlyList<string> Warnings => warnings;

    public void Mistake(string mistake) => mistakes.Add(mistake);

    public void Warn(string warning) => warnings.Add(warning);

    /// <summary>Text; mandatory when there is no default.</summary>
    public string Text(string name, string? fallback, string description, Func<string, string?>? check = null)
    {
        var value = Find(name, "text", fallback ?? "(none)", description) ?? fallback;
        if (value is null)
            mistakes.Add($"{name} is not set: {description}");
        else if (check?.Invoke(value) is { } wrong)
            mistakes.Add($"{name} {wrong}");
        return value ?? "";
    }

    /// <summary>A secret: like a text without a default, and never shown. Empty when it is optional and not set.</summary>
    public string Secret(string name, string description, Func<string, string?>? check = null, bool optional = false)
    {
        var value = Find(name, "secret", optional ? "" : "(none)", description);
        if (value is null && optional)
            return "";
        if (value is null)
            mistakes.Add($"{name} is not set: {description}");
        else if (check?.Invoke(value) is { } wrong)
            mistakes.Add($"{name} {wrong}");
        return value ?? "";
    }

    /// <summary>Refuses a password that anybody would try first at a server that others can reach, and warns of it at one on this machine.</summary>
    public void RequireStrong(string name, string password, string host)
    {
        if (!WeakPasswords.Contains(password))
            return;
        if (Loopback.Is(host))
            Warn($"{name} is a password that anybody would try first");
        else
            Mistake($"{name} is a password that anybody would try first: give the server another one");
    }

    /// <summary>A secret that need not be there; empty then.</summary>
    public string OptionalSecret(string name, string description, Func<string, string?>? check = null)
    {
        var value = Find(name, "secret", "", description) ?? "";
        if (value.Length > 0 && check?.Invoke(value) is { } wrong)
            mistakes.Add($"{name} {wrong}");
        return value;
    }

    /// <summary>One of a few words.</summary>
    public string Word(string name, string fallback, IReadOnlyList<string> words, string description)
    {
        var text = Find(name, string.Join(", ", words), fallback, description) ?? fallback;
        if (words.Contains(text))
            return text;
        mistakes.Add($"{name} is one of {string.Join(", ", words)}, not '{text}'");
        return fallback;
    }

    /// <summary>The path of a file that this process can read; empty when it is not set.</summary>
    public string File(string name, string description)
    {
        var path = Find(name, "file", "", description) ?? "";
        if (path.Length == 0)
            return path;
        try
        {
            using var file = System.IO.File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            mistakes.Add($"{name} names a file that cannot be read: {path}");
        }
        return path;
    }

    public int Integer(string name, int fallback, int minimum, int maximum, string description) =>
        (int)Integer(name, (long)fallback, minimum, maximum, description);

    public long Integer(string name, long fallback, long minimum, long maximum, string description)
    {
        var text = Find(name, $"integer {minimum}–{maximum}", fallback.ToString(CultureInfo.InvariantCulture), description);
        if (text is null)
            return fallback;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
            return value;
        mistakes.Add($"{name} is a whole number from {minimum} to {maximum}, not '{text}'");
        return fallback;
    }

    /// <summary>A time in seconds.</summary>
    public TimeSpan Seconds(string name, double fallback, double minimum, double maximum, string description)
    {
        var text = Find(name, FormattableString.Invariant($"seconds {minimum}–{maximum}"), fallback.ToString(CultureInfo.InvariantCulture), description);
        if (text is null)
            return TimeSpan.FromSeconds(fallback);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
            return TimeSpan.FromSeconds(value);
        mistakes.Add(FormattableString.Invariant($"{name} is a number of seconds from {minimum} to {maximum}, not '{text}'"));
        return TimeSpan.FromSeconds(fallback);
    }

    /// <summary>An instant, as RFC 3339 writes it.</summary>
    public DateTimeOffset Instant(string name, DateTimeOffset fallback, string description)
    {
        var text = Find(name, "instant", Kernel.Instant.Format(fallback), description);
        if (text is null)
            return fallback;
        if (Kernel.Instant.TryParse(text, out var value))
            return value;
        mistakes.Add($"{name} {Kernel.Instant.Fault(text)}");
        return fallback;
    }

    public bool Flag(string name, bool fallback, string description)
    {
        var text = Find(name, "true, false", fallback ? "true" : "false", description);
        if (text is null)
            return fallback;
        if (text is "true" or "false")
            return text == "true";
        mistakes.Add($"{name} is true or false, not '{text}'");
        return fallback;
    }

    public T Choice<T>(string name, T? fallback, string description) where T : struct, Enum
    {
        var names = string.Join(", ", EnumText.All<T>());
        var text = Find(name, names, fallback is { } f ? EnumText.Of(f) : "(none)", description);
        if ((text is null ? fallback : EnumText.Find<T>(text)) is { } value)
            return value;
        mistakes.Add($"{name} is one of {names}{(text is null ? " and is not set" : $", not '{text}'")}");
        return default;
    }

    private string? Find(string name, string type, string fallback, string description)
    {
        if (known.All(s => s.Name != name))
            known.Add(new(name, type, fallback, description));
        return lookup(name) is { Length: > 0 } value ? value : null;
    }
}
