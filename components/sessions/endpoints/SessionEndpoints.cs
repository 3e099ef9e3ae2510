using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Sessions.Endpoints;

/// <summary>How somebody signs in.</summary>
/// <param name="Name">Of the user.<example>observer</example></param>
/// <param name="Passphrase">Of the user.<example>moon over the plain of salt</example></param>
/// <param name="Totp">The six digits that the telephone shows, of users who have codes.<example>492039</example></param>
public sealed record Credentials(string Name, string Passphrase, string? Totp = null);

/// <summary>The session of the browser that asks.</summary>
/// <param name="Session">What is known of it.</param>
/// <param name="CsrfToken">What pages send in the header X-CSRF-Token with each request that changes something.
/// <example>5f2b0c64d1a9e8377c1f0d3b9a6e2f4c8b7d5e1f0a3c6b9d2e4f7a8c1b0d3e5f</example></param>
public sealed record CurrentSession(UserSession Session, string CsrfToken);

/// <summary>What opens a socket.</summary>
/// <param name="Ticket">For the parameter <c>ticket</c> of the socket's address, once.<example>q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA</example></param>
/// <param name="ExpiresAt">Until when it is good, UTC.</param>
public sealed record SocketTicket(string Ticket, DateTimeOffset ExpiresAt);

public static class SessionEndpoints
{
    internal const string Tag = "Sessions", OwnAccount = UserSession.OwnAccount, Manage = "manage:users";

    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        var own = app.MapResource("/session", Tag,
            "Signing in with a browser. The session is in a cookie that no script can read; what changes something needs the header X-CSRF-Token as well.");
        own.MapPost("", SignIn).IsPublic().WithName("signIn").WithSummary("Signs in with a passphrase")
            .WithDescription("Works while the site is cut off. Whatever of name, passphrase and code is wrong, the answer is the same.")
            .Produces<CurrentSession>().ReadsState().Refuses(401, 403, 413, 415, 429, 503);
        own.MapGet("", Current).Needs(OwnAccount).WithName("getCurrentSession").WithSummary("Tells of the session, and its CSRF token")
            .Produces<CurrentSession>().IsTagged().ReadsState().Refuses(404);
        own.MapDelete("", SignOut).Needs(OwnAccount).WithName("signOut").WithSummary("Signs out")
            .Produces(StatusCodes.Status204NoContent).ReadsState().Refuses(404);

        var sessions = app.MapResource("/sessions", Tag);
        sessions.MapGet("/", List).Needs(OwnAccount).Lists<UserSession>("Lists sessions: one's own, and everybody's for those who manage users");
        sessions.MapDelete("/{id:guid}", Revoke).Needs(OwnAccount).Changes<UserSession>("Ends a session").WithName("revokeSession");

        app.MapResource("/tickets", Tag).MapPost("", MakeTicket).Needs(OwnAccount).WithName("createTicket").WithSummary("Makes a ticket that opens one socket")
            .WithDescription("For pages, which can send no header with a socket: it goes into the address as `ticket`, is good for 30 s, once, and only "
                + "at the site that has made it.")
            .Produces<SocketTicket>(StatusCodes.Status201Created);
        app.MapCredentials();
        app.MapProviders();
    }

    private static async Task<IResult> SignIn(Confidential<Credentials> request, ISignIn signIn, ISessions sessions, HttpContext context, CancellationToken ct)
    {
        CrossSite.RequireOwnOrigin(context);
        try
        {
            var (name, passphrase, totp) = request.Body;
            return Responses.Ok(await OpenAsync(context, sessions, origin => signIn.ByPassphraseAsync(name, passphrase, totp, origin, ct)));
        }
        catch (TokenRefusedException e)
        {
            Caller.TellRefused(context, e);
            throw;
        }
    }

    /// <summary>Begins a session, which takes the place of the one that the browser has, and gives it the cookie.</summary>
    internal static async Task<CurrentSession> OpenAsync(HttpContext context, ISessions sessions, Func<SignInOrigin, Task<OpenedSession>> open)
    {
        var (session, cookie) = await open(new(Caller.AddressOf(context), context.Request.Headers.UserAgent, SessionCookie.Find(context.Request)));
        SessionCookie.Set(context, cookie, session.ExpiresAt);
        return new(session, sessions.CsrfTokenOf(session.Id));
    }

    private static async Task<IResult> Current(IReader<UserSession, Guid> rows, ISessions sessions, HttpContext context, CancellationToken ct)
    {
        var id = SessionOf(context);
        return Responses.Content(context, new CurrentSession(await rows.GetAsync(id, ct), sessions.CsrfTokenOf(id)));
    }

    private static async Task<IResult> SignOut(ICommands commands, HttpContext context, CancellationToken ct)
    {
        await commands.SubmitAsync(new EndSession(SessionOf(context), SessionEnd.SignedOut), Caller.Submission(context), ct);
        SessionCookie.Remove(context);
        return Results.NoContent();
    }

    private static Task<IResult> List(IReader<UserSession, Guid> rows, HttpContext context, CancellationToken ct)
    {
        var query = Responses.Query<UserSession>(context);
        return Responses.ListAsync(context, rows, Manages(context) ? query : query.Where("user_name", context.Principal().Actor.User), ct);
    }

    private static async Task<IResult> Revoke(
        Guid id, Request<NoBody> request, IReader<UserSession, Guid> rows, ICommands commands, HttpContext context, CancellationToken ct)
    {
        if (await rows.FindAsync(id, ct) is not { } session || !Manages(context) && session.UserName != context.Principal().Actor.User)
            throw new RefusalException(Problems.NotFound, $"There is no session {id}.");
        return Responses.Changed(context, await commands.SubmitAsync(new EndSession(id, SessionEnd.Revoked), request.Submission, ct));
    }

    private static async Task<IResult> MakeTicket(Tickets tickets, TimeProvider time, HttpContext context, CancellationToken ct)
    {
        var end = time.GetUtcNow() + Tickets.Life;
        return Responses.Json(StatusCodes.Status201Created, new SocketTicket(await tickets.MakeAsync(context.Principal(), ct), end));
    }

    internal static bool Manages(HttpContext context) => context.Principal().Allows(Manage);

    private static Guid SessionOf(HttpContext context) =>
        context.Principal().Session ?? throw new RefusalException(Problems.NotFound, "The request came with a token, and in no session.");
}
