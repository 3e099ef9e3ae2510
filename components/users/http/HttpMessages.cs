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

    public Task SendAsync(Message message, CancellationToken ct) =>
        http.PostSignedAsync(options.Url!, JsonSerializer.Serialize(message, Json.Published), options.Secret, time.GetUtcNow(), Limit, ct);

    public void Dispose() => http.Dispose();
}

public static class MessageWebhookRegistration
{
    public static IServiceCollection AddMessageWebhook(this IServiceCollection services, MessageWebhookOptions options) =>
        options.Url is null ? services : services.AddSingleton(options).AddScoped<IMessageChannel, HttpMessages>();
}
