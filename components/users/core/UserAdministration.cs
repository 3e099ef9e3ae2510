using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>What an administrator does with users by their names, as <c>system</c>.</summary>
public interface IUserAdministration
{
    /// <summary>All users by name, with the names of their roles.</summary>
    Task<IReadOnlyList<(User User, IReadOnlyList<string> Roles)>> ListAsync(CancellationToken ct);

    /// <summary>Makes a user with a role, unless there is one of that name, who stays as they are.</summary>
    /// <exception cref="RefusalException">not-found: there is no such role.</exception>
    Task EnsureAsync(string name, UserKind kind, string role, CancellationToken ct);

    /// <exception cref="RefusalException">not-found, already-exists.</exception>
    Task GrantAsync(string name, string role, CancellationToken ct);

    /// <exception cref="RefusalException">not-found.</exception>
    Task WithdrawAsync(string name, string role, CancellationToken ct);

    /// <exception cref="RefusalException">not-found.</exception>
    Task DisableAsync(string name, string reason, CancellationToken ct);

    /// <exception cref="RefusalException">not-found.</exception>
    Task EnableAsync(string name, CancellationToken ct);
}

internal sealed class UserAdministration(IReader<User, int> users, IReader<Role, int> roles, IReader<UserRole, int> links, ICommands commands)
    : IUserAdministration
{
    private static readonly Submission BySystem = new(Actor.System);

    public async Task<IReadOnlyList<(User User, IReadOnlyList<string> Roles)>> ListAsync(CancellationToken ct)
    {
        var names = (await roles.AllAsync(ct)).ToDictionary(r => r.Id, r => r.Name);
        var had = (await links.AllAsync(ct)).ToLookup(l => l.AppUserId, l => names.GetValueOrDefault(l.RoleId, "?"));
        return [.. (await users.AllAsync(ct)).OrderBy(u => u.Name, StringComparer.Ordinal).Select(u => (u, (IReadOnlyList<string>)[.. had[u.Id].Order()]))];
    }

    public async Task EnsureAsync(string name, UserKind kind, string role, CancellationToken ct)
    {
        var wanted = await RoleAsync(role, ct);
        if (await FindAsync(name, ct) is not null)
            return;
        var user = (await commands.SubmitAsync(new CreateUser(name, kind), BySystem, ct)).Result;
        await commands.SubmitAsync(new CreateUserRole(user.Id, wanted.Id), BySystem, ct);
    }

    public async Task GrantAsync(string name, string role, CancellationToken ct) =>
        await commands.SubmitAsync(new CreateUserRole((await UserAsync(name, ct)).Id, (await RoleAsync(role, ct)).Id), BySystem, ct);

    public async Task WithdrawAsync(string name, string role, CancellationToken ct)
    {
        var (user, had) = (await UserAsync(name, ct), await RoleAsync(role, ct));
        var link = (await links.ListAsync(ListQuery<UserRole>.Everything.Where("app_user_id", user.Id).Where("role_id", had.Id), ct)).Items.FirstOrDefault()
            ?? throw new RefusalException(Problems.NotFound, $"{name} does not have the role {role}.");
        await commands.SubmitAsync(new Delete<UserRole, int>(link.Id), BySystem, ct);
    }

    public async Task DisableAsync(string name, string reason, CancellationToken ct) =>
        await commands.SubmitAsync(new DisableUser(reason) { Id = (await UserAsync(name, ct)).Id }, BySystem, ct);

    public async Task EnableAsync(string name, CancellationToken ct) =>
        await commands.SubmitAsync(new EnableUser((await UserAsync(name, ct)).Id), BySystem, ct);

    private async Task<User?> FindAsync(string name, CancellationToken ct) =>
        (await users.ListAsync(ListQuery<User>.Everything.Where("name", name), ct)).Items.FirstOrDefault();

    private async Task<User> UserAsync(string name, CancellationToken ct) =>
        await FindAsync(name, ct) ?? throw new RefusalException(Problems.NotFound, $"There is no user '{name}'; users list shows all.");

    private async Task<Role> RoleAsync(string name, CancellationToken ct) =>
        (await roles.ListAsync(ListQuery<Role>.Everything.Where("name", name), ct)).Items.FirstOrDefault()
            ?? throw new RefusalException(Problems.NotFound, $"There is no role '{name}'.");
}
