using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.ForeignTokens.Http;

/// <summary>The provider that the settings name.</summary>
internal sealed class HttpIssuer(ForeignTokenOptions options) : IIssuer, IDisposable
{
    private const int MaxConnections = 16, MaxAnswer = 512 * 1024;

    private readonly HttpClient http = OutgoingHttp.Create(MaxConnections);

    public async Task<string> ReadKeysAsync(CancellationToken ct)
    {
        var address = options.KeysUrl ?? await DiscoverAsync(ct);
        return (await AskAsync(new(HttpMethod.Get, address), ct)).GetRawText();
    }

    public Task<JsonElement> IntrospectAsync(string token, CancellationToken ct)
    {
        var asked = options.Introspection ?? throw new InvalidOperationException("nobody is named who could be asked");
        return AskAsync(new(HttpMethod.Post, asked.Url)
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = token, ["token_type_hint"] = "access_token" }),
            Headers = { Authorization = Basic(asked) },
        }, ct);
    }

    public void Dispose() => http.Dispose();

    /// <summary>RFC 6749, section 2.3.1: both are written as in forms first.</summary>
    private static AuthenticationHeaderValue Basic(Introspection asked) => new("Basic",
        Convert.ToBase64String(Encoding.ASCII.GetBytes($"{WebUtility.UrlEncode(asked.ClientId)}:{WebUtility.UrlEncode(asked.ClientSecret)}")));

    private async Task<Uri> DiscoverAsync(CancellationToken ct)
    {
        var document = await AskAsync(new(HttpMethod.Get, $"{options.Issuer.TrimEnd('/')}/.well-known/openid-configuration"), ct);
        if (document.Text("issuer") != options.Issuer)
            throw new NoAnswerException("calls itself otherwise than JWT_ISSUER");
        return Uri.TryCreate(document.Text("jwks_uri"), UriKind.Absolute, out var address) && address.Scheme == new Uri(options.Issuer).Scheme
            ? address
            : throw new NoAnswerException("does not say where its keys are");
    }

    private async Task<JsonElement> AskAsync(HttpRequestMessage question, CancellationToken ct)
    {
        using (question)
        {
            var answer = await http.AskAsync(question, options.TimeLimit, MaxAnswer, ct);
            return answer.ValueKind == JsonValueKind.Object ? answer : throw new NoAnswerException("answered something else than a JSON object");
        }
    }
}

public static class ForeignTokensHttpRegistration
{
    public static IServiceCollection AddForeignTokensHttp(this IServiceCollection services) => services.AddSingleton<IIssuer, HttpIssuer>();
}
