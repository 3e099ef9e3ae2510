using System.CommandLine;
using OpsDb.Cli;
using OpsDb.Kernel;
using OpsDb.Tokens;

namespace OpsDb.DataApi;

/// <summary>The verb <c>tokens</c>.</summary>
internal static class TokensVerb
{
    private const int MaxDays = 3650;

    public static Command Create() => new("tokens", "API tokens.") { Make() };

    private static Command Make()
    {
        var name = new Option<string>("--name") { Required = true, Description = "What it is for." };
        var user = new Option<string>("--user") { Required = true, Description = "Whose name its changes bear." };
        var role = new Option<string>("--role") { Required = true, Description = "What it permits." }.AcceptOnlyFromAmong([.. Roles.Scopes.Keys]);
        var kind = new Option<TokenKind>("--kind") { Description = "pat for a person, svc for a service, site for a site.", DefaultValueFactory = _ => TokenKind.Pat };
        var days = new Option<int>("--expires-days") { Description = $"Days until it expires, 1 to {MaxDays}.", DefaultValueFactory = _ => 90 }.Between(1, MaxDays);
        return new Command("create", "Make a token. It is printed once, on standard output, and kept nowhere.") { name, user, role, kind, days }.Does(async (result, ct) =>
        {
            var settings = DataApiBase.ReadSettings();
            var text = TokenText.Create(result.GetValue(kind));
            var receipt = await DataApiBase.SubmitAsync(settings, new CreateToken(result.GetValue(name)!, result.GetValue(kind), result.GetValue(user)!, TokenText.Hash(text, settings.Tokens.Key),
                Roles.Scopes[result.GetValue(role)!], TimeProvider.System.GetUtcNow().AddDays(result.GetValue(days))), ct);
            await Console.Error.WriteLineAsync($"Token {receipt.Result.Id} for {receipt.Result.UserName}, scopes {string.Join(' ', receipt.Result.Scopes)}, until {Instant.Format(receipt.Result.ExpiresAt)}.");
            Console.WriteLine(text);
        });
    }
}
