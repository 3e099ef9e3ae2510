using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Webhooks.Http;

internal sealed class HttpWebhooks(TimeProvider time) : IWebhookSender, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly HttpClient http = OutgoingHttp.Create(2);

    public Task SendAsync(Uri address, string body, string secret, CancellationToken ct) =>
        http.PostSignedAsync(address, body, secret, time.GetUtcNow(), Limit, ct);

    public void Dispose() => http.Dispose();
}

public static class WebhooksHttpRegistration
{
    public static IServiceCollection AddWebhooksHttp(this IServiceCollection services) => services.AddSingleton<IWebhookSender, HttpWebhooks>();
}
