using Microsoft.Extensions.DependencyInjection;
using OpsDb.Kernel;

namespace OpsDb.Webhooks;

public static class WebhooksRegistration
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services) => services
        .AddHandlersAndRules(typeof(Webhook).Assembly)
        .AddEntity<Webhook, int, CreateWebhook>();

    /// <summary>What posts events to them; needs the site's event streams.</summary>
    public static IServiceCollection AddWebhookDelivery(this IServiceCollection services) => services.AddJob<DeliverWebhooksJob>();
}
