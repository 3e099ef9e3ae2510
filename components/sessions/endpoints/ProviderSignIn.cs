using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;
using OpsDb.Users;
using OpsDb.Web;

namespace OpsDb.Sessions.Endpoints;

/// <summary>What the sign-ins at all providers have in common: how they begin, and what becomes of their end.</summary>
internal static class ProviderSignIn
{
    /// <summary>For how long a sign-in may be under way.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>What providers send along besides the code and the state.</summary>
    public static readonly string[] Parameters =
        ["code", "state", "scope", "iss", "session_state", "error", "error_description", "error_uri", "authuser", "prompt", "hd"];

    private const int LongestReturn = 2000;

    /// <summary>Sends the browser to the provider.</summary>
    public static async Task BeginAsync(HttpContext context, AuthenticationScheme scheme)
    {
        var handler = await HandlerAsync(context, scheme);
        var properties = new AuthenticationProperties { RedirectUri = ReturnOf(context.Request) };
        try
        {
            await handler.ChallengeAsync(properties);
        }
        catch (Exception e) when (IsAway(e))
        {
            throw Away(e);
        }
    }

    /// <summary>The provider has sent the browser back.</summary>
    public static async Task FinishAsync(HttpContext context, AuthenticationScheme scheme)
    {
        var handler = (IAuthenticationRequestHandler)await HandlerAsync(context, scheme);
        await TakeStateAsync(context);
        if (!await handler.HandleRequestAsync())
            throw new RefusalException(Problems.NotFound, "Nothing comes back to this address.");
    }

    /// <summary>Begins the session of whoever the provider vouches for, and goes on where the browser wanted to go.</summary>
    public static async Task OpenAsync(TicketReceivedContext context, ForeignUser foreign, SignInMethod method)
    {
        var (http, services, ct) = (context.HttpContext, context.HttpContext.RequestServices, context.HttpContext.RequestAborted);
        var name = await services.GetRequiredService<IForeignUsers>().AdmitAsync(foreign, ct);
        if (await services.GetRequiredService<IAccounts>().FindAsync(name, ct) is { IsDisabled: true })
            throw Refused(http, "user-disabled", "The user has no access to OpsDb.", new Actor(name));
        var signIn = services.GetRequiredService<ISignIn>();
        await SessionEndpoints.OpenAsync(http, services.GetRequiredService<ISessions>(), origin => signIn.ByOthersAsync(name, method, origin, ct));
        http.Response.Redirect(context.ReturnUri ?? "/");
        context.HandleResponse();
    }

    /// <summary>A claim; null when there is none.</summary>
    public static string? Claim(this ClaimsPrincipal? principal, string name) => principal?.FindFirst(name)?.Value is { Length: > 0 } value ? value : null;

    /// <summary>What a sign-in that did not succeed is answered with.</summary>
    public static Task FailAsync(RemoteFailureContext context) => throw (context.Failure switch
    {
        ProblemException e => e,
        { } e when IsAway(e) => Away(e),
        var e => Refused(context.HttpContext, "provider-refused", "The sign-in was not finished: it was cancelled at the provider, was begun more than "
            + $"{Patience.TotalMinutes:0} minutes ago or in another browser, or what came back is not what was asked for. Begin anew.", null, e),
    });

    public static TokenRefusedException Refused(HttpContext context, string reason, string detail, Actor? actor, Exception? cause = null)
    {
        var refusal = new TokenRefusedException(SessionProblems.ProviderRefused, detail, actor, cause) { Reason = reason };
        Caller.TellRefused(context, refusal);
        return refusal;
    }

    private static async Task<IAuthenticationHandler> HandlerAsync(HttpContext context, AuthenticationScheme scheme)
    {
        if (context.RequestServices.GetService(scheme.HandlerType) is not IAuthenticationHandler handler)
            throw new RefusalException(Problems.NotFound, $"Nobody signs in here by {scheme.Name}; use a passphrase, by POST /api/v1/session.");
        await handler.InitializeAsync(scheme, context);
        return handler;
    }

    /// <summary>Each state is good once, at all processes of the site.</summary>
    private static async Task TakeStateAsync(HttpContext context)
    {
        if (context.Request.Query["state"] is not [{ Length: > 0 } state])
            throw Refused(context, "state-missing", "The address lacks the state with which the sign-in was begun. Begin anew.", null);
        var name = $"state:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state)))}";
        try
        {
            if (!await context.RequestServices.GetRequiredService<ISiteMemory>().ReplaceAsync(name, null, "taken", Patience, context.RequestAborted))
                throw Refused(context, "state-reused", "This sign-in was finished before. Begin anew.", null);
        }
        catch (OutageException)
        {
            // The cookie that belongs to the state is taken away with its first use, and a code is good once at the provider.
        }
    }

    /// <summary>Where the browser goes afterwards: an address at this site and nowhere else.</summary>
    private static string ReturnOf(HttpRequest request)
    {
        var wanted = request.Query["return_to"];
        if (wanted.Count == 0)
            return "/";
        return wanted is [['/', .. var rest] path] && rest.FirstOrDefault() is not ('/' or '\\') && path.Length <= LongestReturn
            && !path.Any(c => c is '\\' || char.IsControl(c))
            ? path
            : throw RefusalException.Fields(Problems.MalformedParameter, new Dictionary<string, string[]>
            {
                ["return_to"] = ["is a path at this site, such as /nights, and no other address"],
            });
    }

    private static bool IsAway(Exception e) => e is HttpRequestException or TaskCanceledException or TimeoutException or IOException
        || e.InnerException is { } inner && IsAway(inner);

    private static OutageException Away(Exception cause) => new(SessionProblems.ProviderUnreachable,
        "The provider of identities does not answer. Whoever has a passphrase of OpsDb signs in with it, by POST /api/v1/session.", cause)
    { RetryAfter = TimeSpan.FromSeconds(10) };
}
