using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Users;

public static class UsersRegistration
{
    public static IServiceCollection AddUsers(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(User).Assembly)
        .AddProblems(typeof(UsersProblems))
        .AddEntity<User, int, CreateUser>()
        .AddEntity<Role, int, CreateRole>()
        .AddEntity<UserRole, int, CreateUserRole>()
        .AddEntity<UserGroup, int, CreateUserGroup>()
        .AddEntity<GroupMember, int, CreateGroupMember>()
        .AddEntity<UserIdentity, int, CreateUserIdentity>()
        .AddSingleton<BuiltInRoles>()
        .AddScoped<IAccounts, Accounts>()
        .AddScoped<IForeignUsers, ForeignUsers>()
        .AddScoped<IUserAdministration, UserAdministration>();
}
