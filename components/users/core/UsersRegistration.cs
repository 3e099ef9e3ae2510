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
        .AddScoped<Administrators>()
        .AddScoped<IAccounts, Accounts>()
        .AddScoped<IForeignUsers, ForeignUsers>()
        .AddScoped<IUserAdministration, UserAdministration>();

    /// <summary>The mirror of a provider's users; needs <see cref="IProviderUsers"/>.</summary>
    public static IServiceCollection AddUserSync(this IServiceCollection services, UserSyncOptions options) =>
        services.AddSingleton(options).AddScoped<IUserSync, UserSync>();

    /// <summary>What goes on in the background: the mirror of a provider's users, and messages.</summary>
    public static IServiceCollection AddUserJobs(this IServiceCollection services) => services.AddJob<UserSyncJob>().AddJob<DeliverNotices>();
}
