using System.CommandLine;
using System.Security.Authentication;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Cli;
using OpsDb.Database;
using OpsDb.Kernel;
using OpsDb.Redis;
using OpsDb.SiteBase;

namespace OpsDb.DataApi;

/// <summary>The verb <c>config</c>.</summary>
internal static class ConfigVerb
{
    public static Command Create()
    {
        var connect = new Option<bool>("--connect") { Description = "Also log in at each database and at Redis." };
        var check = new Command("check", "Tell everything that is wrong with the settings.") { connect }.Does(async (result, ct) =>
        {
            var settings = DataApiBase.ReadSettings();
            if (result.GetValue(connect))
                await ConnectAsync(settings, ct);
            Console.WriteLine($"The settings are right: site {settings.Site.Name} ({EnumText.Of(settings.Site.Type)}), {settings.Web.Url}.");
            foreach (var warning in settings.Warnings)
                Console.WriteLine($"Warning: {warning}.");
        });
        var reference = new Command("reference", "Print the table of all settings as Markdown.").Does((_, _) =>
        {
            Console.Write(SettingsReference.Markdown());
            return Task.CompletedTask;
        });
        return new Command("config", "Settings.") { check, reference };
    }

    /// <exception cref="SettingsException">A server cannot be reached as the settings say; all of them at once.</exception>
    private static async Task ConnectAsync(DataApiSettings settings, CancellationToken ct)
    {
        var mistakes = new List<string>();
        var services = new ServiceCollection();
        services.AddLogging();
        await using var provider = services.AddSite(settings).BuildServiceProvider();
        var databases = provider.GetRequiredService<Databases>();
        await TryAsync("MAIN_DB", () => LogInAsync(databases.MainAsync(ct), ct));
        if (settings.Site.Type == SiteType.Secondary)
            await TryAsync("LOCAL_DB", () => LogInAsync(databases.LocalAsync(ct), ct));
        foreach (var standby in databases.Standbys)
            await TryAsync($"PROMOTABLE_STANDBYS {standby}", () => LogInAsync(databases.StandbyAsync(standby, ct), ct));
        if (settings.Redis is not null)
            await TryAsync("REDIS", () => provider.GetRequiredService<RedisStore>().PingAsync());
        if (mistakes.Count > 0)
            throw new SettingsException(mistakes);

        async Task TryAsync(string name, Func<Task> use)
        {
            try
            {
                await use();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                mistakes.Add($"{name}: {Reason(e)}");
            }
        }
    }

    private static async Task LogInAsync(Task<DbSession> opening, CancellationToken ct)
    {
        await using var session = await opening;
        await session.FindAsync<int>("select 1", null, ct);
    }

    /// <summary>The innermost cause says what happened; those around it only that it did.</summary>
    private static string Reason(Exception e)
    {
        var causes = new List<Exception>();
        for (var cause = e.GetBaseException(); cause is not null; cause = cause.InnerException)
            causes.Add(cause);
        return causes.Find(c => c is AuthenticationException) is { } refused ? $"its certificate is not accepted: {refused.Message}" : causes[^1].Message;
    }
}

/// <summary>The reference table of all settings, made from the reading of them.</summary>
public static class SettingsReference
{
    public static string Markdown()
    {
        // A secondary site reads them all.
        var settings = new Settings(name => name switch { "SITE_TYPE" => "secondary", _ => null });
        DataApiSettings.Read(settings);
        return SettingsTable.Markdown(settings.Known);
    }
}
