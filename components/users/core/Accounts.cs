using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>A user with what their roles permit.</summary>
public sealed record Account(int Id, string Name, UserKind Kind, IReadOnlyList<string> Roles, IReadOnlyList<string> Permissions)
{
    /// <summary>Whether the user sees all programmes, whether they belong to them or not.</summary>
    public bool SeesAllPrograms => Permissions.Any(p => Permission.Covers(p, Principal.AllPrograms));

    /// <summary>Whether the user may do nothing.</summary>
    public bool IsDisabled { get; init; }
}

/// <summary>Tells what users may do, out of what the site itself has.</summary>
public interface IAccounts
{
    /// <summary>Null when there is no such user here.</summary>
    Task<Account?> FindAsync(string name, CancellationToken ct);
}

/// <summary>Users and their roles, as a database has them.</summary>
public interface IAccountRows
{
    /// <summary>From the nearest database.</summary>
    Task<AccountRow?> FindAsync(string name, CancellationToken ct);
}

/// <summary>A user with the names of their roles, and what those permit that are not built in.</summary>
public sealed record AccountRow(int Id, string Name, UserKind Kind, DateTimeOffset? DisabledAt, string[] Roles, string[] Permissions);

internal sealed class Accounts(IAccountRows rows, IReader<User, int> users, BuiltInRoles builtIn, Site site) : IAccounts
{
    public async Task<Account?> FindAsync(string name, CancellationToken ct)
    {
        if (await rows.FindAsync(name, ct) is not { } found)
            return null;
        var isDisabled = found.DisabledAt is not null || site.Buffering && await IsDisabledHereAsync(found.Id, ct);
        return new(found.Id, found.Name, found.Kind, found.Roles, [.. found.Roles.SelectMany(builtIn.PermissionsOf).Concat(found.Permissions).Distinct()])
        {
            IsDisabled = isDisabled,
        };
    }

    /// <summary>Who was disabled here a moment ago is so in the site's log alone. While that cannot be read, what the database has must do.</summary>
    private async Task<bool> IsDisabledHereAsync(int id, CancellationToken ct)
    {
        try
        {
            return await users.FindAsync(id, ct) is { DisabledAt: not null };
        }
        catch (OutageException)
        {
            return false;
        }
    }
}
