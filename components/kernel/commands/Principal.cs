using System.Net;

namespace OpsDb.Kernel;

/// <summary>Who a token or a session speaks for, and what it permits.</summary>
/// <param name="Scopes">Permissions <c>action:resource</c>; <c>*</c> stands for any action or resource.</param>
public sealed record Principal(Actor Actor, IReadOnlyList<string> Scopes)
{
    /// <summary>The permission that leaves somebody all programmes, whether they belong to them or not.</summary>
    public const string AllPrograms = "all:programs";

    /// <summary>Whether the user sees all programmes; else those that they belong to, and what is open. It is the user's, whatever the token permits.</summary>
    public bool SeesAllPrograms { get; init; }

    /// <summary>The session; null where a token was shown.</summary>
    public Guid? Session { get; init; }

    public bool Allows(string permission) => Scopes.Any(s => Permission.Covers(s, permission));
}

/// <summary>What permissions <c>action:resource</c> mean, where <c>*</c> stands for any.</summary>
public static class Permission
{
    /// <summary>Whether a text has the form of a permission.</summary>
    public static bool IsOne(string text) => text.Split(':') is [var action, var resource] && IsPart(action) && IsPart(resource);

    /// <summary>Whether everything that one permits the other does.</summary>
    public static bool Covers(string wide, string narrow) => Common(wide, narrow) == narrow;

    /// <summary>What both sets permit.</summary>
    public static IReadOnlyList<string> Common(IReadOnlyCollection<string> one, IReadOnlyCollection<string> other) =>
        [.. one.SelectMany(a => other.Select(b => Common(a, b))).OfType<string>().Distinct()];

    private static bool IsPart(string part) => part == "*" || part.Length is > 0 and <= 50 && part.All(c => char.IsAsciiLetterLower(c) || c == '_');

    /// <returns>Null when they have nothing in common.</returns>
    private static string? Common(string one, string other)
    {
        if (one.Split(':') is not [var action, var resource] || other.Split(':') is not [var otherAction, var otherResource])
            return null;
        return Part(action, otherAction) is { } a && Part(resource, otherResource) is { } r ? $"{a}:{r}" : null;

        static string? Part(string a, string b) => a == "*" ? b : b == "*" || a == b ? a : null;
    }
}

/// <summary>What a component's permissions mean for a role that every installation has: these scopes more.</summary>
public sealed record RoleScopes(string Role, IReadOnlyList<string> Scopes);

/// <summary>Recognises bearer tokens from what the site itself knows, without writing anything.</summary>
public interface IAuthenticator
{
    /// <param name="address">Where the request comes from; null where that is not known.</param>
    /// <exception cref="TokenRefusedException">token-malformed, token-unknown, token-expired, address-not-allowed.</exception>
    Task<Principal> AuthenticateAsync(string token, IPAddress? address, CancellationToken ct);
}

/// <summary>Recognises the sessions of browsers from what the site itself knows.</summary>
public interface ISessions
{
    /// <param name="cookie">The value of the session's cookie.</param>
    /// <exception cref="TokenRefusedException">session-over.</exception>
    Task<Principal> AuthenticateAsync(string cookie, CancellationToken ct);

    /// <summary>What a page sends with every request of the session that changes something, and a page elsewhere cannot know.</summary>
    string CsrfTokenOf(Guid session);
}

/// <summary>Recognises the tickets with which sockets are opened, each of them once.</summary>
public interface ITickets
{
    /// <exception cref="TokenRefusedException">ticket-unknown.</exception>
    /// <exception cref="OutageException">What the site remembers cannot be reached.</exception>
    Task<Principal> TakeAsync(string ticket, CancellationToken ct);
}

/// <summary>A token, a session or a passphrase that is not accepted.</summary>
/// <param name="actor">Whose it is and its id, where they are known; its text is told nowhere.</param>
public sealed class TokenRefusedException(Problem problem, string detail, Actor? actor = null, Exception? cause = null)
    : RefusalException(problem, detail, cause)
{
    public Actor? Actor { get; } = actor;

    /// <summary>Why, for the operators: more than the caller is told.</summary>
    public string Reason { get; init; } = problem.Code;
}
