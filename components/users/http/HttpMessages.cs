using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Users.Http;

/// <summary>Where messages go as JSON.</summary>
/// <param name="Url">Null for nowhere.</param>
/// <param name="Secret">With which they are signed.</param>
public sealed record MessageWebhookOptions(Uri? Url, string Secret)
{
    public static MessageWebhookOptions Read(Settings settings)
    {
        var text = settings.Text("NOTIFY_WEBHOOK_URL", "", "where users' messages are posted as JSON, such as the bridge to a chat; empty: nowhere",
            OutgoingHttp.AddressFault);
        var secret = settings.OptionalSecret("NOTIFY_WEBHOOK_SECRET",
            "with which they are signed: header `OpsDb-Signature: t=SECONDS,v1=HMAC-SHA-256 of SECONDS.BODY`, hexadecimal",
            v => v.Length >= 32 ? null : "has at least 32 characters");
        if (text.Length > 0 && secret.Length == 0)
            settings.Mistake("NOTIFY_WEBHOOK_URL needs NOTIFY_WEBHOOK_SECRET");
        return new(text.Length > 0 && OutgoingHttp.AddressFault(text) is null ? new(text) : null, secret);
    }

    /// <summary>No secret, whoever prints it.</summary>
    public override string ToString() => $"{Url}";
}

/// <summary>Messages as JSON to an address of the observatory.</summary>
internal sealed class HttpMessages(MessageWebhookOptions options, TimeProvider time) : IMessageChannel, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly HttpClient http = OutgoingHttp.Create(1);

    public bool Takes(Message message) => true;

    public async Task SendAsync(Message message, CancellationToken ct)
    {
        var body = JsonSerializer.Serialize(message, Json.Published);
        var seconds = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(options.Secret), Encoding.UTF8.GetBytes($"{seconds}.{body}"));
        using var clock = CancellationTokenSource.CreateLinkedTokenSource(ct);
        clock.CancelAfter(Limit);
        using var question = new HttpRequestMessage(HttpMethod.Post, options.Url)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Headers = { { "OpsDb-Signature", $"t={seconds},v1={Convert.ToHexStringLower(mac)}" } },
        };
        try
        {
            using var answer = await http.SendAsync(question, HttpCompletionOption.ResponseHeadersRead, clock.Token);
            var status = (int)answer.StatusCode;
            if (status is 408 or 429 or >= 500)
                throw new NoAnswerException(FormattableString.Invariant($"the webhook answered with the status {status}"));
            if (status is not (>= 200 and < 300))
                throw new UndeliverableException(FormattableString.Invariant($"the webhook refuses it with the status {status}"));
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new NoAnswerException($"the webhook did not answer within {Limit.TotalSeconds} s", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new NoAnswerException("the webhook cannot be reached", e);
        }
    }

    public void Dispose() => http.Dispose();
}

public static class MessageWebhookRegistration
{
    public static IServiceCollection AddMessageWebhook(this IServiceCollection services, MessageWebhookOptions options) =>
        options.Url is null ? services : services.AddSingleton(options).AddScoped<IMessageChannel, HttpMessages>();
}
