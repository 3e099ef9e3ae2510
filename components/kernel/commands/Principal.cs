namespace OpsDb.Kernel;

/// <summary>Who a token speaks for, and what it permits.</summary>
/// <param name="Scopes">Permissions <c>action:resource</c>; <c>*</c> stands for any action or resource.</param>
public sealed record Principal(Actor Actor, IReadOnlyList<string> Scopes)
{
    public bool Allows(string permission)
    {
        var wanted = permission.Split(':');
        return Scopes.Any(s => s.Split(':') is [var action, var resource]
            && (action == "*" || action == wanted[0]) && (resource == "*" || resource == wanted[1]));
    }
}

/// <summary>What a component's permissions mean for a role that every installation has: these scopes more.</summary>
public sealed record RoleScopes(string Role, IReadOnlyList<string> Scopes);

/// <summary>Recognises bearer tokens from what the site itself knows, without writing anything.</summary>
public interface IAuthenticator
{
    /// <exception cref="TokenRefusedException">token-malformed, token-unknown, token-expired.</exception>
    Task<Principal> AuthenticateAsync(string token, CancellationToken ct);
}

/// <summary>A token that is not accepted.</summary>
/// <param name="actor">Whose it is and its id, where they are known; its text is told nowhere.</param>
public sealed class TokenRefusedException(Problem problem, string detail, Actor? actor = null) : RefusalException(problem, detail)
{
    public Actor? Actor { get; } = actor;

    /// <summary>Why, for the operators: more than the caller is told.</summary>
    public string Reason { get; init; } = problem.Code;
}
