using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Platform.Endpoints;

public static class PlatformEndpoints
{
    private const string OfPreference = "Its name: 1 to 100 letters, digits, dots, underscores and hyphens.";
    private const string OfSetting = "Its name: `banner`, `redirects` or `maintenance`.";

    public static void MapPlatform(this IEndpointRouteBuilder app)
    {
        var preferences = app.MapResource("/preferences", "Preferences",
            "What the user of the token has chosen: JSON by name, which nobody else reads or changes.");
        preferences.MapGet("/", Preferences).Needs("read:preferences").Pages<UserPreference>("Lists the user's preferences");
        preferences.MapGet("/{preference}", Preference).Needs("read:preferences").Gets<UserPreference>("Gets a preference");
        preferences.MapPut("/{preference}", SetPreference).Needs("write:preferences").Puts<UserPreference>("Sets a preference").WithName("setUserPreference")
            .WithDescription("Up to 100 of a user. One that is there with the same value is no change.");
        preferences.MapDelete("/{preference}", DeletePreference).Needs("write:preferences").Deletes<UserPreference>("Deletes a preference")
            .WithDescription("It makes room for another one.");

        var settings = app.MapResource("/platform/settings", "Platform", "What an administrator has set for all sites.");
        settings.MapGet("/", Settings).Needs("read:platform").Pages<PlatformSetting>("Lists what is set");
        settings.MapGet("/{setting}", Setting).Needs("read:platform").Gets<PlatformSetting>("Gets a setting");
        settings.MapSetting<Banner>("Sets the banner").WithName("setBanner");
        settings.MapSetting<Redirects>("Sets the redirects").WithName("setRedirects");
        settings.MapSetting<Maintenance>("Begins, announces or changes maintenance").WithName("setMaintenance")
            .WithDescription("While it is on, the sites that it is for refuse writes with 503 `maintenance`. Each process notices within a few seconds.");
        settings.MapDelete("/{setting}", DeleteSetting).Needs("write:platform").Deletes<PlatformSetting>("Deletes a setting")
            .WithDescription("What was set is so no longer; with `maintenance`, writes are taken again.");
    }

    /// <summary>GET of all rows, which are few.</summary>
    private static RouteHandlerBuilder Pages<T>(this RouteHandlerBuilder endpoint, string summary) where T : Row => endpoint
        .WithName($"list{Table.PluralOf(typeof(T).Name)}").WithSummary(summary).WithDescription("By name, on one page.")
        .Produces<PageAnswer<T>>().ReadsState().Refuses(400, 401, 403, 503);

    private static RouteHandlerBuilder MapSetting<T>(this RouteGroupBuilder settings, string summary) where T : ISettingFields => settings
        .MapPut($"/{EnumText.Of(T.Setting)}", async (Request<T> request, ICommands commands, HttpContext context, CancellationToken ct) =>
            Responses.Put(context, await commands.SubmitAsync(request.Body, request.Submission, ct)))
        .Needs("write:platform").Puts<PlatformSetting>(summary);

    private static async Task<IResult> Preferences(IReader<UserPreference, Guid> preferences, HttpContext context, CancellationToken ct) =>
        Responses.List(context, await preferences.ListAsync(UserPreference.Of(User(context)), ct));

    private static async Task<IResult> Preference(
        [Description(OfPreference)] string preference, IReader<UserPreference, Guid> preferences, HttpContext context, CancellationToken ct) =>
        Responses.Found(context, await preferences.FindAsync(UserPreference.IdOf(User(context), NameOf(preference)), ct));

    private static async Task<IResult> SetPreference(
        [Description(OfPreference)] string preference, Request<SetUserPreference> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Put(context,
            await commands.SubmitAsync(request.Body with { UserName = User(context), Name = NameOf(preference) }, request.Submission, ct));

    private static async Task<IResult> DeletePreference(
        [Description(OfPreference)] string preference, Request<NoBody> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Deleted(context, await commands.SubmitAsync(new DeleteUserPreference(User(context), NameOf(preference)), request.Submission, ct));

    private static async Task<IResult> Settings(IReader<PlatformSetting, Guid> settings, HttpContext context, CancellationToken ct) =>
        Responses.List(context, await settings.ListAsync(ListQuery<PlatformSetting>.Everything, ct));

    private static async Task<IResult> Setting(
        [Description(OfSetting)] string setting, IReader<PlatformSetting, Guid> settings, HttpContext context, CancellationToken ct) =>
        Responses.Found(context, await settings.FindAsync(PlatformSetting.IdOf(SettingOf(setting)), ct));

    private static async Task<IResult> DeleteSetting(
        [Description(OfSetting)] string setting, Request<NoBody> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Deleted(context, await commands.SubmitAsync(new DeletePlatformSetting(SettingOf(setting)), request.Submission, ct));

    /// <summary>Whose preferences are meant is never a parameter.</summary>
    private static string User(HttpContext context) => context.Principal().Actor.User;

    private static string NameOf(string preference) => UserPreference.IsName(preference)
        ? preference
        : throw RefusalException.Fields(Problems.MalformedParameter, new Dictionary<string, string[]> { ["preference"] = [UserPreference.NameForm] });

    private static SettingName SettingOf(string setting) => EnumText.Find<SettingName>(setting)
        ?? throw new RefusalException(Problems.NotFound, $"There is no such setting; there are {string.Join(", ", EnumText.All<SettingName>())}.");
}
