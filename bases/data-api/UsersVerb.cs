using System.CommandLine;
using OpsDb.Cli;
using OpsDb.Kernel;
using OpsDb.Sessions;
using OpsDb.Users;

namespace OpsDb.DataApi;

/// <summary>The verb <c>users</c>.</summary>
internal static class UsersVerb
{
    public static Command Create() => new("users", "Users and their roles.")
    {
        List(), Add(), Grant(), Withdraw(), Disable(), Enable(), Passphrase(), Sync(),
    };

    private static Option<string> RoleOption() =>
        new("--role") { Required = true, Description = $"{string.Join(", ", BuiltInRoles.Names)}, or a role of your own." };

    private static Command List() => new Command("list", "List all users with their roles.").Does(async (_, ct) =>
    {
        await DataApiBase.UseAsync(async (IUserAdministration users) =>
        {
            foreach (var (user, roles) in await users.ListAsync(ct))
            {
                var state = user.DisabledAt is { } since ? $"disabled since {Instant.Format(since)}: {user.DisabledReason}" : "";
                Console.WriteLine($"{user.Name,-30} {EnumText.Of(user.Kind),-8} {string.Join(',', roles),-20} {state}".TrimEnd());
            }
        });
    });

    private static Command Add()
    {
        var (name, role) = (new Argument<string>("name") { Description = "Of the user." }, RoleOption());
        var service = new Option<bool>("--service") { Description = "It is a program and no person." };
        return new Command("create", "Make a user known, with a role.") { name, role, service }.Does(async (result, ct) =>
        {
            var kind = result.GetValue(service) ? UserKind.Service : UserKind.Person;
            await DataApiBase.UseAsync((IUserAdministration users) => users.EnsureAsync(result.GetValue(name)!, kind, result.GetValue(role)!, ct));
        });
    }

    private static Command Grant()
    {
        var (name, role) = (new Argument<string>("name") { Description = "Of the user." }, RoleOption());
        return new Command("grant", "Give a user a role more.") { name, role }.Does((result, ct) =>
            DataApiBase.UseAsync((IUserAdministration users) => users.GrantAsync(result.GetValue(name)!, result.GetValue(role)!, ct)));
    }

    private static Command Withdraw()
    {
        var (name, role) = (new Argument<string>("name") { Description = "Of the user." }, RoleOption());
        return new Command("withdraw", "Take a role from a user.") { name, role }.Does((result, ct) =>
            DataApiBase.UseAsync((IUserAdministration users) => users.WithdrawAsync(result.GetValue(name)!, result.GetValue(role)!, ct)));
    }

    private static Command Disable()
    {
        var name = new Argument<string>("name") { Description = "Of the user." };
        var reason = new Option<string>("--reason") { Required = true, Description = "Why." };
        return new Command("disable", "Take all access from a user.") { name, reason }.Does((result, ct) =>
            DataApiBase.UseAsync((IUserAdministration users) => users.DisableAsync(result.GetValue(name)!, result.GetValue(reason)!, ct)));
    }

    private static Command Enable()
    {
        var name = new Argument<string>("name") { Description = "Of the user." };
        return new Command("enable", "Give a user access again.") { name }.Does((result, ct) =>
            DataApiBase.UseAsync((IUserAdministration users) => users.EnableAsync(result.GetValue(name)!, ct)));
    }

    private static Command Sync()
    {
        var force = new Option<bool>("--force") { Description = "Also when it disables more users than USERS_SYNC_MAX_DISABLE allows." };
        var sync = new Command("sync", "Mirror the users of the identity provider USERS_SYNC_URL. Exit code 1: some could not be mirrored; 2: the settings are "
            + "wrong; 75: the provider or the main database is away, try later.")
        {
            force,
        };
        sync.SetAction(async (result, ct) =>
        {
            try
            {
                var settings = DataApiBase.ReadSettings();
                if (settings.UserSync.Url is null)
                    throw new SettingsException(["USERS_SYNC_URL is not set: whose users are to be mirrored"]);
                if (settings.Site.Type != SiteType.Main)
                    throw new SettingsException(["SITE_TYPE is secondary: users are made at main, and users sync runs there"]);
                return await SyncAsync(settings, result.GetValue(force), ct);
            }
            catch (SettingsException e)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return CommandRun.Misused;
            }
            catch (NoAnswerException e)
            {
                await Console.Error.WriteLineAsync($"The identity provider {e.Message}; nothing was changed.");
                return CommandRun.TryLater;
            }
            catch (OutageException e)
            {
                await Console.Error.WriteLineAsync($"{e.Message} The next run goes on.");
                return CommandRun.TryLater;
            }
        });
        return sync;
    }

    private static async Task<int> SyncAsync(DataApiSettings settings, bool force, CancellationToken ct)
    {
        UsersSynced? done = null;
        await DataApiBase.UseAsync<IUserSync>(settings, async sync => done = await sync.RunAsync(force, ct));
        Console.WriteLine($"{done!.Created} created, {done.Changed} changed, {done.Disabled} disabled, {done.Enabled} enabled, "
            + $"{done.Unchanged} unchanged, {done.Failures.Count} failed");
        foreach (var failure in done.Failures)
            await Console.Error.WriteLineAsync(failure);
        return done.Failures.Count == 0 ? CommandRun.Succeeded : CommandRun.Failed;
    }

    private static Command Passphrase()
    {
        var name = new Argument<string>("name") { Description = "Of the user." };
        return new Command("passphrase", "Set with what a user signs in: reads the passphrase from standard input, its first line. Ends the user's sessions.")
        {
            name,
        }.Does((result, ct) => DataApiBase.UseAsync(async (IUserPassphrases passphrases) =>
            await passphrases.SetAsync(result.GetValue(name)!, await Console.In.ReadLineAsync(ct) ?? "", ct)));
    }
}
