using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>Somebody as an identity provider tells of them.</summary>
/// <param name="Issuer">The provider; see <see cref="UserIdentity.Issuer"/>.</param>
/// <param name="Subject">What it calls the account for ever.</param>
/// <param name="Name">What a new user is called, as near as the rules of names allow.</param>
public sealed record ForeignUser(string Issuer, string Subject, string Name)
{
    /// <summary>What people call a new user.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Where mail reaches a new user.</summary>
    public string? Email { get; init; }

    /// <summary>Names of the roles that the provider's groups mean; it takes away those that it gave before. Null leaves all as they are.</summary>
    public IReadOnlyList<string>? Roles { get; init; }
}

/// <summary>Users whom an identity provider recognises.</summary>
public interface IForeignUsers
{
    /// <summary>The name of the user with this account, as the nearest database has it; null when there is none. Whether they are disabled <see
    /// cref="IAccounts"/> tells.</summary>
    Task<string?> FindAsync(string issuer, string subject, CancellationToken ct);

    /// <summary>
    /// Finds the user with this account, or makes one, and gives them the roles that it means. While main is away a user who is known
    /// is found all the same, with the roles of before. A disabled user stays so.
    /// </summary>
    /// <returns>The user's name.</returns>
    /// <exception cref="RefusalException">user-not-linked: another user has the name; reference-unknown: there is no such role.</exception>
    /// <exception cref="OutageException">main-unreachable: somebody new cannot be made.</exception>
    Task<string> AdmitAsync(ForeignUser foreign, CancellationToken ct);
}

/// <summary>The accounts of users, as a database has them.</summary>
public interface IUserIdentities
{
    /// <summary>The name of the user, from the nearest database.</summary>
    Task<string?> FindNameAsync(string issuer, string subject, CancellationToken ct);
}

internal sealed class ForeignUsers(IUserIdentities identities, ICommands commands) : IForeignUsers
{
    public Task<string?> FindAsync(string issuer, string subject, CancellationToken ct) => identities.FindNameAsync(issuer, subject, ct);

    public async Task<string> AdmitAsync(ForeignUser foreign, CancellationToken ct)
    {
        try
        {
            return await SubmitAsync(foreign, ct);
        }
        catch (RefusalException e) when (e.Problem == Problems.AlreadyExists)
        {
            // Another request has made the same user between the decision and its execution.
            return await SubmitAsync(foreign, ct);
        }
        catch (OutageException e) when (e.Problem == Problems.MainUnreachable)
        {
            if (await FindAsync(foreign.Issuer, foreign.Subject, ct) is { } known)
                return known;
            throw;
        }
    }

    private async Task<string> SubmitAsync(ForeignUser foreign, CancellationToken ct) =>
        (await commands.SubmitAsync(new AdmitUser(foreign), new(Actor.System), ct)).Result.Name;
}
