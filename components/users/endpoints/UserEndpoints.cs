using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Users.Endpoints;

/// <summary>Who the caller is.</summary>
/// <param name="Name">Of the user.<example>observer</example></param>
/// <param name="Kind">What the user is.<example>person</example></param>
/// <param name="Roles">Of the user.<example>["observer"]</example></param>
/// <param name="Permissions">Of the user, by all roles.<example>["read:*", "write:executions"]</example></param>
/// <param name="Scopes">What the token permits of that.<example>["read:*"]</example></param>
public sealed record Me(string Name, UserKind Kind, IReadOnlyList<string> Roles, IReadOnlyList<string> Permissions, IReadOnlyList<string> Scopes);

public static class UserEndpoints
{
    private const string Tag = "Users", Manage = "manage:users";

    private static readonly EntityAccess Managed = new(Manage, Manage);

    public static void MapUsers(this IEndpointRouteBuilder app)
    {
        var users = app.MapEntity<User, int, CreateUser>(Tag, Managed, "Users, their roles and groups; for those who manage them.");
        users.MapPost("/{id:int}/disable", Disable).Needs(Manage).Changes<User>("Takes all access from a user").Refuses(404).WithName("disableUser");
        users.MapPost("/{id:int}/enable", Enable).Needs(Manage).Changes<User>("Gives a user access again").Refuses(404).WithName("enableUser");
        app.MapEntity<Role, int, CreateRole>(Tag, Managed);
        app.MapEntity<UserRole, int, CreateUserRole>(Tag, Managed);
        app.MapEntity<UserIdentity, int, CreateUserIdentity>(Tag, Managed);
        app.MapEntity<UserGroup, int, CreateUserGroup>(Tag, Managed);
        app.MapEntity<GroupMember, int, CreateGroupMember>(Tag, Managed);
        app.MapResource("/me", Tag).MapGet("", WhoAmI).Shows().WithName("getMe");
        app.MapGet("/auth/me", WhoAmI).Shows().IsAliasOf("/api/v1/me").WithName("getMeAlias");
    }

    private static RouteHandlerBuilder Shows(this RouteHandlerBuilder endpoint) => endpoint.Needs("read:me")
        .WithSummary("Tells who the caller is and what they may do").Produces<Me>().IsTagged().ReadsState().Refuses(401, 403, 404, 503);

    private static async Task<IResult> WhoAmI(IReader<User, int> users, IAccounts accounts, HttpContext context, CancellationToken ct)
    {
        var caller = context.Principal();
        var account = await accounts.FindAsync(caller.Actor.User, ct) ?? throw new RefusalException(Problems.NotFound, "There is no such user any more.");
        // From a state as new as the caller wants it.
        await users.GetAsync(account.Id, ct);
        return Responses.Content(context, new Me(account.Name, account.Kind, account.Roles, account.Permissions, caller.Scopes));
    }

    private static async Task<IResult> Disable(int id, Request<DisableUser> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    private static async Task<IResult> Enable(int id, Request<NoBody> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(new EnableUser(id), request.Submission, ct));
}
