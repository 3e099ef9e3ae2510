using OpsDb.Kernel;

namespace OpsDb.Users;

/// <summary>The user of an account of an identity provider is there, with the roles that it means.</summary>
[Kind("users.admit")]
internal sealed record AdmitUser(ForeignUser Foreign) : ICommand<User>
{
    internal sealed class Handler(
        IReader<User, int> users, IReader<UserIdentity, int> accounts, IReader<UserRole, int> links, IReader<Role, int> roles, IIdentities identities)
        : ICommandHandler<AdmitUser, User>
    {
        public async Task<Decision<User>> Decide(AdmitUser command, CancellationToken ct)
        {
            var (foreign, changes) = (command.Foreign, new Changes());
            // The name first: whoever is made meanwhile has the account too when that is looked for.
            var name = UserNames.Nearest(foreign.Name);
            var isTaken = name == User.System || (await users.ListAsync(ListQuery<User>.Everything.Where("name", name), ct)).Items.Count > 0;
            var known = (await accounts.ListAsync(ListQuery<UserIdentity>.Everything.Where("issuer", foreign.Issuer).Where("subject", foreign.Subject), ct))
                .Items.FirstOrDefault();
            if (known is null && isTaken)
            {
                throw new RefusalException(UsersProblems.UserNotLinked,
                    $"There is a user {name} already, and the account {foreign.Subject} of {foreign.Issuer} is not linked to them. An administrator "
                    + "links it by POST /api/v1/user-identities, or gives the account another name at the identity provider.");
            }
            var user = known is null ? await NewAsync(name, foreign, changes, ct) : await users.GetAsync(known.AppUserId, ct);
            if (foreign.Roles is { } wanted)
                await MapAsync(user.Id, foreign.Issuer, wanted, changes, ct);
            return new(changes, c => known is null ? (User)c.Stamped(user) : user);
        }

        private async Task<User> NewAsync(string name, ForeignUser foreign, Changes changes, CancellationToken ct)
        {
            var user = new User
            {
                Id = await identities.TakeAsync(User.Table, ct),
                Name = name,
                Kind = UserKind.Person,
                DisplayName = foreign.DisplayName,
                Email = foreign.Email,
            };
            changes.Create(user).Create(new UserIdentity
            {
                Id = await identities.TakeAsync(UserIdentity.Table, ct),
                AppUserId = user.Id,
                Issuer = foreign.Issuer,
                Subject = foreign.Subject,
            });
            return user;
        }

        /// <summary>What somebody gave here stays, also where the account means the same role.</summary>
        private async Task MapAsync(int user, string issuer, IReadOnlyList<string> wanted, Changes changes, CancellationToken ct)
        {
            var known = (await roles.AllAsync(ct)).ToDictionary(r => r.Name, r => r.Id);
            if (wanted.FirstOrDefault(r => !known.ContainsKey(r)) is { } missing)
            {
                throw new RefusalException(Problems.ReferenceUnknown,
                    $"The account's groups mean the role '{missing}', which is not there; an administrator makes it.");
            }
            var meant = wanted.Select(r => known[r]).ToHashSet();
            var had = (await links.ListAsync(ListQuery<UserRole>.Everything.Where("app_user_id", user), ct)).Items;
            foreach (var over in had.Where(l => l.GivenBy == issuer && !meant.Contains(l.RoleId)))
                changes.Delete(over);
            List<int> missingRoles = [.. meant.Except(had.Select(l => l.RoleId)).Order()];
            var ids = missingRoles.Count == 0 ? [] : await identities.TakeAsync(UserRole.Table, missingRoles.Count, ct);
            foreach (var (n, role) in missingRoles.Index())
                changes.Create(new UserRole { Id = ids[n], AppUserId = user, RoleId = role, GivenBy = issuer });
        }
    }
}

/// <summary>Names of users out of names elsewhere.</summary>
public static class UserNames
{
    private const int Longest = 100;
    private const string Marks = "._@-";

    /// <summary>The name that the rules allow and that is nearest: with a hyphen for each character that names do not have.</summary>
    public static string Nearest(string name)
    {
        var nearest = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || Marks.Contains(c, StringComparison.Ordinal) ? c : '-'))
            .TrimStart([.. Marks]);
        return nearest.Length == 0 ? "user" : nearest[..Math.Min(Longest, nearest.Length)];
    }
}
