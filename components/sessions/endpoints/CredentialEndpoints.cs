using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Users;
using OpsDb.Web;

namespace OpsDb.Sessions.Endpoints;

/// <summary>A passphrase as it is set.</summary>
/// <param name="Passphrase">12 to 128 characters of any kind; not the user's name, and none that is guessed first.
/// <example>moon over the plain of salt</example></param>
/// <param name="OldPassphrase">The one before, of whoever sets their own.</param>
public sealed record NewPassphrase(string Passphrase, string? OldPassphrase = null);

/// <summary>Shows that it is the user who asks.</summary>
/// <param name="Passphrase">Of the user; not asked of those who manage users, about others.</param>
public sealed record Reassurance(string? Passphrase = null);

/// <summary>A code that the telephone shows.</summary>
/// <param name="Code">Six digits.<example>492039</example></param>
public sealed record ShownCode(string Code);

/// <summary>What codes are made of.</summary>
/// <param name="Address">For a picture that a telephone reads; it has the secret, and is shown this once.
/// <example>otpauth://totp/OpsDb:observer?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&amp;issuer=OpsDb</example></param>
public sealed record TotpSecret(string Address);

/// <summary>The passphrases and codes of users.</summary>
internal static class CredentialEndpoints
{
    public static void MapCredentials(this IEndpointRouteBuilder app)
    {
        var users = app.MapResource("/users/{id:int}", SessionEndpoints.Tag);
        users.MapPut("/passphrase", SetPassphrase).Sets("Sets a passphrase").WithName("setPassphrase")
            .WithDescription("One's own with the old one; those who manage users set that of others. All other sessions of the user end.")
            .Produces<LocalCredential>();
        users.MapPost("/totp", BeginTotp).Sets("Makes the secret of codes by time").WithName("beginTotp")
            .WithDescription("One's own, with the passphrase. Codes are asked for once one was shown.").Produces<TotpSecret>();
        users.MapPost("/totp/confirm", ConfirmTotp).Sets("Asks for codes from now on").WithName("confirmTotp").WithDescription("One's own.")
            .Produces<LocalCredential>();
        users.MapPost("/totp/remove", RemoveTotp).Sets("Asks for no codes any more").WithName("removeTotp")
            .WithDescription("One's own with the passphrase; those who manage users do it for others.").Produces<LocalCredential>();
    }

    /// <summary>What is decided at main, and of which nothing may be kept that could be sent again.</summary>
    private static RouteHandlerBuilder Sets(this RouteHandlerBuilder endpoint, string summary) =>
        endpoint.Needs(SessionEndpoints.OwnAccount).WithSummary(summary).ReadsState().Refuses(401, 403, 404, 409, 413, 415, 422, 429, 503);

    private static async Task<IResult> SetPassphrase(
        int id, Confidential<NewPassphrase> request, ICredentials credentials, IReader<User, int> users, IAccounts accounts, HttpContext context,
        CancellationToken ct)
    {
        var account = await AccountAsync(id, users, accounts, context, ct);
        if (IsOwn(account, context))
            await RequireAsync(account, request.Body.OldPassphrase, "old_passphrase", credentials, context, ct);
        return Responses.Ok(await credentials.SetPassphraseAsync(
            account, request.Body.Passphrase, context.Principal().Session, Caller.Submission(context), ct));
    }

    private static async Task<IResult> BeginTotp(
        int id, Confidential<Reassurance> request, ICredentials credentials, IReader<User, int> users, IAccounts accounts, HttpContext context,
        CancellationToken ct)
    {
        var account = OwnOnly(await AccountAsync(id, users, accounts, context, ct), context);
        await RequireAsync(account, request.Body.Passphrase, "passphrase", credentials, context, ct);
        return Responses.Ok(new TotpSecret(await credentials.BeginTotpAsync(account, Caller.Submission(context), ct)));
    }

    private static async Task<IResult> ConfirmTotp(
        int id, Confidential<ShownCode> request, ICredentials credentials, IReader<User, int> users, IAccounts accounts, HttpContext context,
        CancellationToken ct)
    {
        var account = OwnOnly(await AccountAsync(id, users, accounts, context, ct), context);
        return Responses.Ok(await credentials.ConfirmTotpAsync(account, request.Body.Code, Caller.Submission(context), ct));
    }

    private static async Task<IResult> RemoveTotp(
        int id, Confidential<Reassurance> request, ICredentials credentials, IReader<User, int> users, IAccounts accounts, HttpContext context,
        CancellationToken ct)
    {
        var account = await AccountAsync(id, users, accounts, context, ct);
        if (IsOwn(account, context))
            await RequireAsync(account, request.Body.Passphrase, "passphrase", credentials, context, ct);
        return Responses.Ok(await credentials.RemoveTotpAsync(account, Caller.Submission(context), ct));
    }

    /// <exception cref="RefusalException">not-found, also of a user whom the caller may not see.</exception>
    private static async Task<Account> AccountAsync(int id, IReader<User, int> users, IAccounts accounts, HttpContext context, CancellationToken ct) =>
        await users.FindAsync(id, ct) is { } user && (SessionEndpoints.Manages(context) || user.Name == context.Principal().Actor.User)
            // Of a user whom main alone has as yet it is not known what they may do.
            ? await accounts.FindAsync(user.Name, ct) ?? new(user.Id, user.Name, user.Kind, [], []) { IsDisabled = user.DisabledAt is not null }
            : throw new RefusalException(Problems.NotFound, $"There is no user {id}.");

    private static bool IsOwn(Account account, HttpContext context) => account.Name == context.Principal().Actor.User;

    private static Account OwnOnly(Account account, HttpContext context) => IsOwn(account, context) ? account
        : throw new RefusalException(Problems.PermissionMissing, "Only the users themselves see the secret of their codes.");

    private static async Task RequireAsync(
        Account account, string? passphrase, string field, ICredentials credentials, HttpContext context, CancellationToken ct)
    {
        if (passphrase is null)
            throw RefusalException.Fields(Problems.InvalidFields, new Dictionary<string, string[]> { [field] = ["is needed about oneself"] });
        try
        {
            await credentials.RequireAsync(account, passphrase, Caller.AddressOf(context), ct);
        }
        catch (TokenRefusedException e)
        {
            Caller.TellRefused(context, e);
            throw;
        }
    }
}
