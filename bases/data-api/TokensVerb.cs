using System.CommandLine;
using OpsDb.Cli;
using OpsDb.Kernel;
using OpsDb.Tokens;
using OpsDb.Users;

namespace OpsDb.DataApi;

/// <summary>The verb <c>tokens</c>.</summary>
internal static class TokensVerb
{
    private const int MaxDays = 3650;

    public static Command Create() => new("tokens", "API tokens.") { Make(), List(), Revoke(), Remind() };

    private static Command Make()
    {
        var name = new Option<string>("--name") { Required = true, Description = "What it is for." };
        var user = new Option<string>("--user") { Required = true, Description = "Whose name its changes bear." };
        var role = new Option<string>("--role")
        {
            Required = true,
            Description = "What it permits; a user who is not known yet is made, with this role.",
        }.AcceptOnlyFromAmong([.. BuiltInRoles.Names]);
        var kind = new Option<TokenKind>("--kind")
        {
            Description = "pat for a person, svc for a service, site for a site.",
            DefaultValueFactory = _ => TokenKind.Pat,
            CustomParser = result => EnumText.Find<TokenKind>(result.Tokens[0].Value) ?? TokenKind.Pat,
        };
        // Any other text is refused; by itself the option would take several names, another case and numbers.
        kind.AcceptOnlyFromAmong([.. EnumText.All<TokenKind>()]);
        var days = new Option<int>("--expires-days") { Description = $"Days until it expires, 1 to {MaxDays}.", DefaultValueFactory = _ => 90 };
        return new Command("create", "Make a token. It is printed once, on standard output, and kept nowhere.")
        {
            name, user, role, kind, days.Between(1, MaxDays),
        }.Does(async (result, ct) =>
        {
            var settings = DataApiBase.ReadSettings();
            var text = TokenText.Create(result.GetValue(kind));
            var scopes = new BuiltInRoles(ApiComponents.Contributions<RoleScopes>()).PermissionsOf(result.GetValue(role)!);
            await DataApiBase.UseAsync((IUserAdministration users) => users.EnsureAsync(
                result.GetValue(user)!, result.GetValue(kind) == TokenKind.Pat ? UserKind.Person : UserKind.Service, result.GetValue(role)!, ct));
            var command = new CreateToken(
                result.GetValue(name)!, result.GetValue(kind), result.GetValue(user)!, settings.Tokens.Key.Hash(text), scopes,
                TimeProvider.System.GetUtcNow().AddDays(result.GetValue(days)), settings.Tokens.Key.Id);
            var receipt = await DataApiBase.SubmitAsync(settings, command, ct);
            var token = receipt.Result;
            await Console.Error.WriteLineAsync(
                $"Token {token.Id} for {token.UserName}, scopes {string.Join(' ', token.Scopes)}, until {Instant.Format(token.ExpiresAt)}.");
            Console.WriteLine(text);
        });
    }

    private static Command List() => new Command("list",
        "List all tokens: whose they are, until when they are good, and under which key they are kept. No token can be made out of it.").Does(async (_, ct) =>
    {
        var settings = DataApiBase.ReadSettings();
        string[][] rows =
        [
            ["id", "kind", "user", "state", "expires", "key", "created", "changed", "scopes", "name"],
            .. (await TokensAsync(settings, ct)).Select(t => (string[])
            [
                $"{t.Id}", EnumText.Of(t.Kind), t.UserName, State(t), Instant.Format(t.ExpiresAt), Key(t, settings.Tokens),
                $"{Instant.Format(t.CreatedAt)}/{t.CreatedBy}", $"{Instant.Format(t.ModifiedAt)}/{t.ModifiedBy}", string.Join(',', t.Scopes), t.Name,
            ]),
        ];
        Tables.Print(rows);
    });

    private static Command Revoke()
    {
        var which = new Argument<string>("id|name") { Description = "Of the token; a name only while one token in use bears it." };
        return new Command("revoke", "End a token for good. Each process refuses it after replication and TOKEN_CACHE_TIME.")
        {
            which,
        }.Does(async (result, ct) =>
        {
            var settings = DataApiBase.ReadSettings();
            var token = Find(await TokensAsync(settings, ct), result.GetRequiredValue(which));
            var receipt = await DataApiBase.SubmitAsync(settings, new RevokeToken(token.Id), ct);
            Console.WriteLine($"Token {token.Id} ({token.Name}) of {token.UserName} is revoked since {Instant.Format(receipt.Result.RevokedAt!.Value)}.");
        });
    }

    private static Command Remind()
    {
        var days = new Option<int>("--days") { Description = "Days before the end.", DefaultValueFactory = _ => (int)TokenReminders.Ahead.TotalDays };
        return new Command("remind", "Note for users which of their tokens end soon, of each once. For a timer that runs it every day, at main.")
        {
            days.Between(1, MaxDays),
        }.Does((result, ct) => DataApiBase.UseAsync(async (TokenReminders reminders) =>
            Console.WriteLine($"{await reminders.RemindAsync(TimeSpan.FromDays(result.GetValue(days)), ct)} new reminders")));
    }

    /// <exception cref="ProblemException">None or several are meant.</exception>
    private static ApiToken Find(IReadOnlyList<ApiToken> tokens, string which)
    {
        var meant = tokens.Where(t => Guid.TryParse(which, out var id) ? t.Id == id : t.Name == which).ToList();
        if (meant.Count > 1 && meant.Where(t => t.RevokedAt is null).ToList() is { Count: > 0 } inUse)
            meant = inUse;
        return meant switch
        {
            [var token, ..] when meant.Count == 1 || token.RevokedAt is not null => token,
            [] => throw new RefusalException(Problems.NotFound, $"There is no token '{which}'; tokens list shows all."),
            _ => throw new RefusalException(Problems.InvalidFields,
                $"{meant.Count} tokens are named '{which}'; say which by its id: {string.Join(", ", meant.Select(t => t.Id))}."),
        };
    }

    private static async Task<IReadOnlyList<ApiToken>> TokensAsync(DataApiSettings settings, CancellationToken ct)
    {
        IReadOnlyList<ApiToken> tokens = [];
        await DataApiBase.UseAsync<IApiTokens>(settings, async known => tokens = await known.ListAsync(ct));
        return tokens;
    }

    private static string State(ApiToken token) => token switch
    {
        { RevokedAt: not null } => "revoked",
        _ when token.ExpiresAt <= TimeProvider.System.GetUtcNow() => "expired",
        _ => "valid",
    };

    /// <summary>Whether the token still works when the previous key is taken away.</summary>
    private static string Key(ApiToken token, TokenOptions options) => token.KeyId switch
    {
        null => "unknown",
        var id when id == options.Key.Id => "current",
        var id when id == options.Previous?.Id => "previous",
        _ => "gone",
    };
}
