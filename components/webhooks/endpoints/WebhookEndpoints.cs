using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpsDb.Kernel;
using OpsDb.Web;

namespace OpsDb.Webhooks.Endpoints;

/// <summary>Events on their way to a webhook.</summary>
/// <param name="Items">The newest first.</param>
public sealed record WebhookDeliveryList(IReadOnlyList<WebhookDelivery> Items);

public static class WebhookEndpoints
{
    private const int MaxListed = 200;

    private const string Tag = "Webhooks", Manage = "manage:webhooks";

    // Who knows the address of a webhook may be able to post there: readers of everything else are not told.
    private static readonly EntityAccess Managed = new(Manage, Manage);

    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        var webhooks = app.MapEntity<Webhook, int, CreateWebhook>(Tag, Managed, "Addresses of others to which events are posted as they are recorded.");
        webhooks.MapPost("/{id:int}/replay", Replay).Needs(Manage).Changes<Webhook>("Posts events once more").WithName("replayWebhook");
        webhooks.MapGet("/{id:int}/deliveries", Deliveries).Needs(Manage).WithMetadata(new QueryParameters("state")).WithName("listDeliveriesOfWebhook")
            .WithSummary("Lists the newest events on their way to a webhook").WithDescription($"{MaxListed} at most, of the last 30 days; at the main site.")
            .Produces<WebhookDeliveryList>().ReadsState().Refuses(400, 401, 403, 404, 503);
    }

    private static async Task<IResult> Replay(int id, Request<ReplayWebhook> request, ICommands commands, HttpContext context, CancellationToken ct) =>
        Responses.Changed(context, await commands.SubmitAsync(request.Body with { Id = id }, request.Submission, ct));

    private static async Task<IResult> Deliveries(int id, [Description("waiting, delivered or failed; all when it is left out.")] string? state,
        IReader<Webhook, int> webhooks, IWebhookDeliveries deliveries, CancellationToken ct)
    {
        if (state is not null && EnumText.Find<DeliveryState>(state) is null)
        {
            var errors = new FieldErrors();
            errors.Add("state", $"is {EnumText.Describe(typeof(DeliveryState))}");
            errors.ThrowIfAny(Problems.MalformedParameter);
        }
        var webhook = await webhooks.GetAsync(id, ct);
        return Responses.Ok(new WebhookDeliveryList(
            await deliveries.ListAsync(webhook.Id, state is null ? null : EnumText.Parse<DeliveryState>(state), MaxListed, ct)));
    }
}
