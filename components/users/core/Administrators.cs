using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>Those who are told of what waits for a person.</summary>
public sealed class Administrators(IReader<Role, int> roles, IReader<UserRole, int> given, IReader<User, int> users)
{
    /// <summary>People with the role admin who are not disabled.</summary>
    public async Task<IReadOnlyList<User>> ListAsync(CancellationToken ct)
    {
        if ((await roles.ListAsync(ListQuery<Role>.Everything.Where("name", "admin"), ct)).Items.FirstOrDefault() is not { } admin)
            return [];
        var mine = (await given.ListAsync(ListQuery<UserRole>.Everything.Where("role_id", admin.Id), ct)).Items;
        return [.. (await users.FindManyAsync([.. mine.Select(r => r.AppUserId)], ct)).Values.Where(u => u is { DisabledAt: null, Kind: UserKind.Person })];
    }
}
